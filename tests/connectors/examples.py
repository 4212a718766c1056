"""Every connector's fixtures, by name: what the promises and the benchmark run over."""

from tests.connectors import (
    entra_examples,
    github_examples,
    n8n_examples,
    native_examples,
    sailpoint_examples,
    test_baton,
    test_cloudtrail,
    test_gateway,
    test_ibm_verify,
    test_midpoint,
    test_okta,
    test_servicenow,
    test_teleport,
    test_xes,
    test_zeebe,
)
from tests.connectors.reading import Json

EXAMPLES: dict[str, tuple[Json, ...]] = {
    "native": (native_examples.ENVELOPE,),
    "sailpoint": sailpoint_examples.EXAMPLES,
    "teleport": test_teleport.EXAMPLES,
    "entra": (*entra_examples.EXAMPLES, entra_examples.DIAGNOSTIC, entra_examples.SENTINEL),
    "okta": test_okta.EXAMPLES,
    "midpoint": test_midpoint.EXAMPLES,
    "servicenow": test_servicenow.EXAMPLES,
    "ibm_verify": test_ibm_verify.EXAMPLES,
    "baton": test_baton.EXAMPLES,
    "cloudtrail": test_cloudtrail.EXAMPLES,
    "github": github_examples.EXAMPLES,
    "zeebe": test_zeebe.EXAMPLES,
    "n8n": n8n_examples.EXAMPLES,
    "xes": test_xes.EXAMPLES,
    "gateway": test_gateway.EXAMPLES,
}
