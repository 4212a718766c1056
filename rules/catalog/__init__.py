"""The rules in force, listed by hand: a rule that is not named here does not run."""

from rules.catalog.apr_001_approved_own_request import approved_own_request
from rules.catalog.apr_002_approved_through_second_account import approved_through_second_account
from rules.catalog.apr_003_approved_through_deputy import approved_through_deputy
from rules.catalog.apr_004_approved_own_access import approved_own_access
from rules.catalog.apr_005_machine_approved_own import machine_approved_own
from rules.catalog.apr_007_too_few_approvers import too_few_approvers
from rules.catalog.apr_008_given_without_approval import given_without_approval
from rules.catalog.apr_009_approved_after_given import approved_after_given
from rules.catalog.evd_001_no_reason_when_decided import no_reason_when_decided
from rules.catalog.evd_002_evidence_never_arrived import evidence_never_arrived
from rules.catalog.evd_005_audit_record_altered import audit_record_altered
from rules.catalog.whk_001_webhook_not_logged import webhook_not_logged
from rules.catalog.whk_002_changed_outside_any_case import changed_outside_any_case
from rules.rule import Rule

CATALOG: tuple[Rule, ...] = (
    approved_own_request,
    approved_through_second_account,
    approved_through_deputy,
    approved_own_access,
    machine_approved_own,
    too_few_approvers,
    given_without_approval,
    approved_after_given,
    no_reason_when_decided,
    evidence_never_arrived,
    audit_record_altered,
    webhook_not_logged,
    changed_outside_any_case,
)

CATALOG_VERSION = "1"
"""Changes whenever any rule may answer differently; stamped on checkpoints."""
