"""A case is told so that it can be read out: these are the whole texts."""

from textwrap import dedent

from rules.events import Action, Entitlement, Evidence, Step
from stream.story_pages import text_page
from tests.rules.told_cases import (
    ANN,
    BO,
    CY,
    OPERATOR,
    POLICY,
    PROVISIONER,
    hours,
    judged,
    minutes,
    step,
    story_of,
    wf,
)

CALLED = "https://hooks.acme.example/give"
TICKET = (Evidence(kind="ticket", ref="CHG-1234", digest="sha256:" + "9f" * 32),)
WIKI = Entitlement(id="ent-3", type="group", name="Wiki readers", privileged=False)


def page(text: str) -> str:
    """A page as it stands in a test."""
    return dedent(text).strip("\n")


def test_an_own_request_approved_without_evidence() -> None:
    """Who asked, who decided, on what grounds; what is wrong with it and what to do next."""
    record = judged(
        POLICY,
        step(
            1,
            minutes(0),
            Action.REQUESTED,
            ANN,
            beneficiary=ANN,
            entitlement=OPERATOR,
            justification="Quarter end close",
            scope=("company:1000",),
            duration="PT8H",
            workflow=wf("request"),
        ),
        step(2, minutes(41), Action.APPROVED, ANN, stage="manager", workflow=wf("approve")),
        step(
            3,
            minutes(43.2),
            Action.PROVISIONED,
            PROVISIONER,
            beneficiary=ANN,
            entitlement=OPERATOR,
            outcome="ok",
        ),
        minutes(102),
    )

    assert text_page(story_of(record)) == page(
        """
        Case REQ-7 of acme: Payments operator (SAP-PRD)

        The verdict is: broken. 20 controls had a question here: 2 are broken, 1 is still open, 1
        can not be told and 16 held. 2 findings stand: approved own request (APR-001, critical) and
        promised evidence never arrived (EVD-002, high). The case has 3 steps, over 43 minutes and
        12 seconds. Every source has reported at least up to 2 November 2026 at 10:42:00 UTC.

        WHAT HAPPENED

          1. On 2 November 2026 at 09:00:00 UTC, Ann Ames (ann) asked for Payments operator
             (SAP-PRD) for themselves, within company:1000, for 8 hours. Payments operator (SAP-PRD)
             is a privileged role of high criticality. The reason given: "Quarter end close". (Event
             REQ-7-1 of iga/acme.)

          2. 41 minutes later, at 09:41:00 UTC, Ann Ames (ann) approved the request, at the stage
             "manager". On record at that moment: the reason "Quarter end close" (step 1) and no
             evidence. (Event REQ-7-2 of iga/acme.)

          3. 2 minutes and 12 seconds later, at 09:43:12 UTC, svc-prov, a service account, gave
             Payments operator (SAP-PRD) to Ann Ames (ann). The outcome told: "ok". (Event REQ-7-3
             of iga/acme.)

        UNDER WHICH POLICY

          The case is judged by policy 2026-11; Ina Lopez answers for it.

          It asks for 1 person to approve a privileged right. It asks for a reason for every
          approval. It asks for evidence for every approval, within 1 hour.

          Step 1 ran in workflow wf-access, version 17; team-iam owns its step "request".

          Step 2 ran in workflow wf-access, version 17; team-iam owns its step "approve".

        WHO IS WHO

          Ann Ames (ann) of iga/acme is P-100; the proof is: hr.

          svc-prov of iga/acme is a machine; P-900 answers for it.

        FINDING: APPROVED OWN REQUEST (APR-001, CRITICAL)

          What was seen: Ann Ames (ann) approved their own request for Payments operator (SAP-PRD).
          This rests on steps 1 and 2.

          It was opened as of 2 November 2026 at 09:41:00 UTC.

          Next step: Ask the approver's manager whether the access is needed; suspend it until a
          second person has decided.

          It speaks for CSF PR.AA-05, 53 AC-5, 53 AC-3(2), ISO A.5.3, TSC CC6.3 and ITGC APD. Its id
          is APR-001-6ad346e9ff0cc1ac.

        FINDING: PROMISED EVIDENCE NEVER ARRIVED (EVD-002, HIGH)

          What was seen: the evidence for Ann Ames (ann)'s approval of Payments operator (SAP-PRD)
          was due by 2026-11-02 10:41:00Z and was not there. This rests on step 2.

          It was opened as of 2 November 2026 at 10:41:00 UTC.

          Next step: Ask the approver to attach the ticket they decided on, or to decide again.

          It speaks for CSF PR.PS-04, 53 AU-12, 53 AU-10, ISO A.5.28, ISO A.5.33 and TSC CC4.1. Its
          id is EVD-002-8ca86d95ae2212b3.

        WHAT NOBODY KNOWS

          APR-011 (More was given than approved) can not be told: a scope was approved, and the
          grant does not say in which it was given.

          APR-011 (More was given than approved) can not be told: an end was approved, and the grant
          does not say whether it has one.

          Nobody has said what backs the decision, though iga/acme could.

        WHAT IS STILL OPEN

          EXC-002 (Time ran out, access stayed) is open until everybody who could bring the end of
          emergency access, an expiry or a revocation has reported up to 2 November 2026 at 18:43:12
          UTC; so far they have reported up to 10:42:00 UTC.

        WHAT WAS LOOKED FOR AND NOT FOUND

          APR-002, approved own request through another account; APR-003, approved through a deputy
          or on-behalf-of; APR-004, approved access for oneself asked by someone else; APR-005,
          machine approved its own or its owner's request; APR-006, approver was not entitled to
          approve; APR-007, too few different people approved; APR-008, access given, no approval
          found; APR-009, approved after the access was given; APR-013, approved without looking;
          APR-014, nobody decided: auto-approved or no approver found; SOD-001, one person did
          several of ask / approve / give / certify; EVD-001, no reason or ticket when decided;
          EVD-003, decision path has a hole; NHI-001, machine account without a living owner;
          NHI-003, powerful machine right with no end date or human decision; OWN-001, automated
          step without a named owner.
        """
    )


def test_a_case_in_which_everything_is_in_order() -> None:
    """Delegated, decided with the evidence on the table, given, told by both sides, ended."""
    record = judged(
        POLICY,
        step(
            1,
            minutes(0),
            Action.REQUESTED,
            CY,
            beneficiary=CY,
            entitlement=WIKI,
            justification="New in the team",
            workflow=wf("request"),
        ),
        step(2, minutes(5), Action.EVIDENCED, CY, evidence=TICKET),
        step(3, minutes(6), Action.DELEGATED, ANN, assignee=BO),
        step(4, minutes(20), Action.EVIDENCE_VIEWED, BO, evidence=TICKET),
        step(5, minutes(66), Action.APPROVED, BO, on_behalf_of=ANN, stage="manager"),
        step(
            6,
            minutes(67),
            Action.STEP_INVOKED,
            PROVISIONER,
            step=Step(invocation="inv-1", extension="provision", version="3", destination=CALLED),
        ),
        step(
            7,
            minutes(67.05),
            Action.STEP_RECORDED,
            PROVISIONER,
            source="gateway",
            step=Step(invocation="inv-1", destination=CALLED),
            outcome="200 signature:ok",
            duration="PT0.250S",
            scope=("method:POST",),
        ),
        step(8, minutes(68), Action.PROVISIONED, PROVISIONER, beneficiary=CY, entitlement=WIKI),
        step(9, hours(73), Action.REVOKED, PROVISIONER, beneficiary=CY, entitlement=WIKI),
        hours(74),
        sources=("iga/acme", "gateway"),
    )

    assert text_page(story_of(record)) == page(
        """
        Case REQ-7 of acme: Wiki readers

        The verdict is: every control held. 22 controls had a question here: 22 held. The case has 9
        steps, over 3 days and 1 hour. Every source has reported at least up to 5 November 2026 at
        11:00:00 UTC.

        WHAT HAPPENED

          1. On 2 November 2026 at 09:00:00 UTC, cy asked for Wiki readers for themselves. Wiki
             readers is an ordinary group. The reason given: "New in the team". (Event REQ-7-1 of
             iga/acme.)

          2. 5 minutes later, at 09:05:00 UTC, cy attached ticket CHG-1234 (digest
             sha256:9f9f9f9f9f9f…). (Event REQ-7-2 of iga/acme.)

          3. 1 minute later, at 09:06:00 UTC, Ann Ames (ann) delegated the decision to Bo Berg (bo).
             (Event REQ-7-3 of iga/acme.)

          4. 14 minutes later, at 09:20:00 UTC, Bo Berg (bo) looked at ticket CHG-1234 (digest
             sha256:9f9f9f9f9f9f…). (Event REQ-7-4 of iga/acme.)

          5. 46 minutes later, at 10:06:00 UTC, Bo Berg (bo), on behalf of Ann Ames (ann), approved
             the request, at the stage "manager". The decision had been delegated to them by Ann
             Ames (ann) (step 3). On record at that moment: the reason "New in the team" (step 1)
             and ticket CHG-1234 (digest sha256:9f9f9f9f9f9f…) (step 2). They had looked at the
             evidence before (step 4). (Event REQ-7-5 of iga/acme.)

          6. 1 minute later, at 10:07:00 UTC, svc-prov, a service account, called extension
             provision, version 3, at https://hooks.acme.example/give (invocation inv-1). (Event
             REQ-7-6 of iga/acme.)

          7. 3 seconds later, at 10:07:03 UTC, gateway saw svc-prov, a service account, call
             https://hooks.acme.example/give (invocation inv-1). The call took 0.250 seconds. Told
             with the call: method:POST. The outcome told: "200 signature:ok". (Event REQ-7-7 of
             gateway.)

          8. 57 seconds later, at 10:08:00 UTC, svc-prov, a service account, gave Wiki readers to
             cy. That is 2 minutes after the approval in step 5. (Event REQ-7-8 of iga/acme.)

          9. 2 days and 23 hours later, on 5 November 2026 at 10:00:00 UTC, svc-prov, a service
             account, took Wiki readers away from cy. (Event REQ-7-9 of iga/acme.)

        WEBHOOKS AND SCRIPTS, AND WHO TELLS OF THEM

          Both sides tell of the call to extension provision, version 3, at
          https://hooks.acme.example/give (invocation inv-1): iga/acme in step 6 and gateway in step
          7, 3 seconds apart.

        UNDER WHICH POLICY

          The case is judged by policy 2026-11; Ina Lopez answers for it.

          It asks for 1 person to approve an ordinary right. It asks for a reason for every
          approval. It asks for evidence for every approval, within 1 hour.

          Step 1 ran in workflow wf-access, version 17; team-iam owns its step "request".

        WHO IS WHO

          cy of iga/acme is P-300; the proof is: sso.

          Ann Ames (ann) of iga/acme is P-100; the proof is: hr.

          Bo Berg (bo) of iga/acme is P-200; the proof is: hr.

          svc-prov of iga/acme is a machine; P-900 answers for it.

          svc-prov of gateway is a machine; P-900 answers for it.

        WHAT WAS LOOKED FOR AND NOT FOUND

          APR-001, approved own request; APR-002, approved own request through another account;
          APR-003, approved through a deputy or on-behalf-of; APR-004, approved access for oneself
          asked by someone else; APR-005, machine approved its own or its owner's request; APR-006,
          approver was not entitled to approve; APR-007, too few different people approved; APR-008,
          access given, no approval found; APR-009, approved after the access was given; APR-011,
          more was given than approved; APR-013, approved without looking; APR-014, nobody decided:
          auto-approved or no approver found; SOD-001, one person did several of ask / approve /
          give / certify; EVD-001, no reason or ticket when decided; EVD-002, promised evidence
          never arrived; EVD-003, decision path has a hole; WHK-001, webhook acted but was not
          logged; WHK-003, webhook to unknown or unsigned place; NHI-001, machine account without a
          living owner; NHI-003, powerful machine right with no end date or human decision; EXC-002,
          time ran out, access stayed; OWN-001, automated step without a named owner.
        """
    )
