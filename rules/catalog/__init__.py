"""The rules in force, listed by hand: a rule that is not named here does not run."""

from rules.catalog.apr_001_approved_own_request import approved_own_request
from rules.catalog.apr_002_approved_through_second_account import approved_through_second_account
from rules.catalog.apr_003_approved_through_deputy import approved_through_deputy
from rules.catalog.apr_004_approved_own_access import approved_own_access
from rules.catalog.apr_005_machine_approved_own import machine_approved_own
from rules.catalog.apr_006_approver_not_entitled import approver_not_entitled
from rules.catalog.apr_007_too_few_approvers import too_few_approvers
from rules.catalog.apr_008_given_without_approval import given_without_approval
from rules.catalog.apr_009_approved_after_given import approved_after_given
from rules.catalog.apr_010_changed_after_approval import changed_after_approval
from rules.catalog.apr_011_more_than_approved import more_than_approved
from rules.catalog.apr_012_approve_each_other import approve_each_other
from rules.catalog.apr_013_approved_without_looking import approved_without_looking
from rules.catalog.apr_014_nobody_decided import nobody_decided
from rules.catalog.apr_015_review_bypassed import review_bypassed
from rules.catalog.apr_016_route_ignores_risk import route_ignores_risk
from rules.catalog.chg_001_changed_alone import changed_alone
from rules.catalog.chg_002_weakened_then_used import weakened_then_used
from rules.catalog.chg_003_detector_silenced import detector_silenced
from rules.catalog.evd_001_no_reason_when_decided import no_reason_when_decided
from rules.catalog.evd_002_evidence_never_arrived import evidence_never_arrived
from rules.catalog.evd_003_path_has_a_hole import path_has_a_hole
from rules.catalog.evd_004_source_silent import source_silent
from rules.catalog.evd_005_audit_record_altered import audit_record_altered
from rules.catalog.exc_001_exception_without_terms import exception_without_terms
from rules.catalog.exc_002_time_ran_out import time_ran_out
from rules.catalog.exc_003_emergency_not_reviewed import emergency_not_reviewed
from rules.catalog.nhi_001_machine_without_owner import machine_without_owner
from rules.catalog.nhi_002_secret_not_rotated import secret_not_rotated
from rules.catalog.nhi_003_powerful_machine_right import powerful_machine_right
from rules.catalog.own_001_step_without_owner import step_without_owner
from rules.catalog.sod_001_one_person_several_steps import one_person_several_steps
from rules.catalog.sod_002_conflicting_rights import conflicting_rights
from rules.catalog.whk_001_webhook_not_logged import webhook_not_logged
from rules.catalog.whk_002_changed_outside_any_case import changed_outside_any_case
from rules.catalog.whk_003_call_to_unknown_place import call_to_unknown_place
from rules.catalog.whk_004_untested_step import untested_step
from rules.rule import Rule

CATALOG: tuple[Rule, ...] = (
    approved_own_request,
    approved_through_second_account,
    approved_through_deputy,
    approved_own_access,
    machine_approved_own,
    approver_not_entitled,
    too_few_approvers,
    given_without_approval,
    approved_after_given,
    changed_after_approval,
    more_than_approved,
    approve_each_other,
    approved_without_looking,
    nobody_decided,
    review_bypassed,
    route_ignores_risk,
    one_person_several_steps,
    conflicting_rights,
    no_reason_when_decided,
    evidence_never_arrived,
    path_has_a_hole,
    source_silent,
    audit_record_altered,
    webhook_not_logged,
    changed_outside_any_case,
    call_to_unknown_place,
    untested_step,
    machine_without_owner,
    secret_not_rotated,
    powerful_machine_right,
    exception_without_terms,
    time_ran_out,
    emergency_not_reviewed,
    step_without_owner,
    changed_alone,
    weakened_then_used,
    detector_silenced,
)

CATALOG_VERSION = "11"
"""Changes whenever any rule may answer differently; stamped on checkpoints."""
