"""What is unknown, late or without a case is told as that: these are the whole texts."""

from textwrap import dedent

from rules.events import Action, Evidence, Party, Step
from rules.policy import Demand, EvidencePolicy, Policy
from stream.story_pages import text_page
from tests.rules.told_cases import (
    BO,
    CY,
    NINE,
    OPERATOR,
    POLICY,
    hours,
    judged,
    minutes,
    step,
    story_of,
)

CALLED = "https://hooks.acme.example/give"
TICKET = (Evidence(kind="ticket", ref="CHG-1234", digest="sha256:" + "9f" * 32),)


def page(text: str) -> str:
    """A page as it stands in a test."""
    return dedent(text).strip("\n")


def test_a_case_that_nobody_can_judge() -> None:
    """What no source carries and no link proves is told as unknown, not as missing."""
    asked_in_names, decided_by_ids = Party(account="ann"), Party(account="42", namespace="uid")
    record = judged(
        Policy(evidence=EvidencePolicy(due_for=Demand.NONE)),
        step(1, minutes(0), Action.REQUESTED, asked_in_names),
        step(2, minutes(3), Action.APPROVED, decided_by_ids),
        minutes(90),
        tells=("actor",),
    )

    assert text_page(story_of(record)) == page(
        """
        Case REQ-7 of acme: access that no step names

        The verdict is: nobody can tell. 13 controls had a question here: 4 can not be told and 9
        held. The case has 2 steps, over 3 minutes. Every source has reported at least up to 2
        November 2026 at 10:30:00 UTC.

        WHAT HAPPENED

          1. On 2 November 2026 at 09:00:00 UTC, ann asked for access that is not named. (Event
             REQ-7-1 of iga/acme.)

          2. 3 minutes later, at 09:03:00 UTC, 42 approved the request. No source of this case can
             carry a reason or evidence. (Event REQ-7-2 of iga/acme.)

        UNDER WHICH POLICY

          The case is judged by policy built-in-1; nobody is named as its owner.

          It asks for 1 person to approve an ordinary right. It asks for a reason for every
          approval.

        WHAT NOBODY KNOWS

          APR-001 (Approved own request) can not be told: ann asked and 42 approved, in name spaces
          that nobody has linked.

          APR-002 (Approved own request through another account) can not be told: no proven link
          says whether 42 and ann are one person.

          APR-004 (Approved access for oneself asked by someone else) can not be told: no source of
          this case can say who gets the access.

          EVD-001 (No reason or ticket when decided) can not be told: no source of this case can
          carry a reason or a ticket.

          No source of this case can say who gets the access, what the access is, why it was asked
          for, what backs the decision or which workflow it ran in.

          No proven link says who stands behind ann and 42 of iga/acme.

        WHAT WAS LOOKED FOR AND NOT FOUND

          APR-003, approved through a deputy or on-behalf-of; APR-005, machine approved its own or
          its owner's request; APR-006, approver was not entitled to approve; APR-013, approved
          without looking; APR-014, nobody decided: auto-approved or no approver found; SOD-001, one
          person did several of ask / approve / give / certify; EVD-002, promised evidence never
          arrived; EVD-003, decision path has a hole; OWN-001, automated step without a named owner.
        """
    )


def test_evidence_that_is_reported_late_takes_a_finding_back() -> None:
    """The finding stays in the story, with what took it back and how late that came."""
    record = judged(
        POLICY,
        step(
            1,
            minutes(0),
            Action.REQUESTED,
            CY,
            beneficiary=CY,
            entitlement=OPERATOR,
            justification="Quarter end close",
        ),
        step(2, minutes(41), Action.APPROVED, BO, stage="manager"),
        minutes(120),
        step(3, minutes(70), Action.EVIDENCED, CY, evidence=TICKET, observed_at=NINE + hours(5)),
    )

    assert text_page(story_of(record)) == page(
        """
        Case REQ-7 of acme: Payments operator (SAP-PRD)

        The verdict is: every control held. 13 controls had a question here: 13 held. The case has 3
        steps, over 1 hour and 10 minutes. Every source has reported at least up to 2 November 2026
        at 11:00:00 UTC.

        WHAT HAPPENED

          1. On 2 November 2026 at 09:00:00 UTC, cy asked for Payments operator (SAP-PRD) for
             themselves. Payments operator (SAP-PRD) is a privileged role of high criticality. The
             reason given: "Quarter end close". (Event REQ-7-1 of iga/acme.)

          2. 41 minutes later, at 09:41:00 UTC, Bo Berg (bo) approved the request, at the stage
             "manager". On record at that moment: the reason "Quarter end close" (step 1) and no
             evidence. (Event REQ-7-2 of iga/acme.)

          3. 29 minutes later, at 10:10:00 UTC, cy attached ticket CHG-1234 (digest
             sha256:9f9f9f9f9f9f…). The report of it arrived 3 hours and 50 minutes later, on 2
             November 2026 at 14:00:00 UTC. (Event REQ-7-3 of iga/acme.)

        UNDER WHICH POLICY

          The case is judged by policy 2026-11; Ina Lopez answers for it.

          It asks for 1 person to approve a privileged right. It asks for a reason for every
          approval. It asks for evidence for every approval, within 1 hour.

        WHO IS WHO

          cy of iga/acme is P-300; the proof is: sso.

          Bo Berg (bo) of iga/acme is P-200; the proof is: hr.

        FINDING: PROMISED EVIDENCE NEVER ARRIVED (EVD-002, WITHDRAWN)

          What was seen: the evidence for Bo Berg (bo)'s approval of Payments operator (SAP-PRD) was
          due by 2026-11-02 10:41:00Z and was not there. This rests on step 2.

          It was opened as of 2 November 2026 at 10:41:00 UTC. It was withdrawn as of 2 November
          2026 at 10:41:00 UTC, because iga/acme reported evidenced by cy (REQ-7-3).

          Nothing is left to do. While it stood, the next step was: Ask the approver to attach the
          ticket they decided on, or to decide again.

          It speaks for CSF PR.PS-04, 53 AU-12, 53 AU-10, ISO A.5.28, ISO A.5.33 and TSC CC4.1. Its
          id is EVD-002-8ca86d95ae2212b3.

        WHAT NOBODY KNOWS

          Nobody has said which workflow it ran in, though iga/acme could.

        WHAT WAS LOOKED FOR AND NOT FOUND

          APR-001, approved own request; APR-002, approved own request through another account;
          APR-003, approved through a deputy or on-behalf-of; APR-004, approved access for oneself
          asked by someone else; APR-005, machine approved its own or its owner's request; APR-006,
          approver was not entitled to approve; APR-013, approved without looking; APR-014, nobody
          decided: auto-approved or no approver found; SOD-001, one person did several of ask /
          approve / give / certify; EVD-001, no reason or ticket when decided; EVD-002, promised
          evidence never arrived; EVD-003, decision path has a hole; OWN-001, automated step without
          a named owner.
        """
    )


def test_a_call_that_no_case_explains() -> None:
    """A webhook acted, its link led nowhere, and nobody decided anything."""
    record = judged(
        POLICY,
        step(
            1,
            minutes(30),
            Action.STEP_RECORDED,
            None,
            source="gateway",
            case="unlinked:execution:9f2c",
            links=("execution:9f2c",),
            step=Step(invocation="inv-9", destination=CALLED),
            outcome="200 signature:missing",
        ),
        minutes(60),
        sources=("gateway", "iga/acme"),
    )

    assert text_page(story_of(record)) == page(
        """
        Case unlinked:execution:9f2c of acme: access that no step names

        The verdict is: broken. 3 controls had a question here: 2 are broken and 1 held. 2 findings
        stand: webhook to unknown or unsigned place (WHK-003, high) and webhook acted but was not
        logged (WHK-001, high). The case has 1 step, on 2 November 2026 at 09:30:00 UTC. Every
        source has reported at least up to 2 November 2026 at 10:00:00 UTC.

        WHAT HAPPENED

          1. On 2 November 2026 at 09:30:00 UTC, gateway saw somebody who is not named call
             https://hooks.acme.example/give (invocation inv-9). The outcome told: "200
             signature:missing". (Event REQ-7-1 of gateway.)

        WEBHOOKS AND SCRIPTS, AND WHO TELLS OF THEM

          Of the call to https://hooks.acme.example/give (invocation inv-9) only gateway tells, in
          step 1; no workflow has logged it.

        UNDER WHICH POLICY

          The case is judged by policy 2026-11; Ina Lopez answers for it.

        FINDING: WEBHOOK TO UNKNOWN OR UNSIGNED PLACE (WHK-003, HIGH)

          What was seen: a call to https://hooks.acme.example/give carried no signature, says
          gateway. This rests on step 1.

          It was opened as of 2 November 2026 at 09:30:00 UTC.

          Next step: Find out who set the destination and what was sent there; stop the step until
          somebody has agreed to it.

          It speaks for CSF DE.CM-06, CSF PR.DS-02, 53 AC-3, 53 SI-7, ISO A.5.19, ISO A.8.16, TSC
          CC6.1, TSC CC7.2, NHI NHI3:2025 and NHI NHI4:2025. Its id is WHK-003-5eba01ca104bad81.

        FINDING: WEBHOOK ACTED BUT WAS NOT LOGGED (WHK-001, HIGH)

          What was seen: gateway saw a call to https://hooks.acme.example/give at 2026-11-02
          09:30:00Z that no workflow has logged. This rests on step 1.

          It was opened as of 2 November 2026 at 09:45:00 UTC.

          Next step: Find out from the gateway who called and what it changed; if no workflow owns
          the call, treat its credentials as leaked.

          It speaks for CSF PR.PS-04, CSF DE.CM-09, 53 AU-12, 53 AU-2, ISO A.8.15, TSC CC7.2 and NHI
          NHI3:2025. Its id is WHK-001-809848e793d41648.

        WHAT NOBODY KNOWS

          Nobody has said to which case execution:9f2c belongs; what is known of it is kept as a
          case of its own.

          No request, no decision and no grant is on record in this case.

        WHAT WAS LOOKED FOR AND NOT FOUND

          SOD-001, one person did several of ask / approve / give / certify.
        """
    )
