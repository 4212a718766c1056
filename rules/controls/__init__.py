"""The control frameworks that rules map to, as literal lists; nothing here is computed.

SOX general-control areas have no official ids: the list is ours.
"""

from rules.controls.ai_rmf_1_0 import AI_RMF_1_0
from rules.controls.csf_2_0 import CSF_2_0
from rules.controls.framework import Control, Framework
from rules.controls.iso_27001_2022 import ISO_27001_2022
from rules.controls.itgc import ITGC
from rules.controls.owasp_nhi_2025 import OWASP_NHI_2025
from rules.controls.soc2_tsc_2017 import SOC2_TSC_2017
from rules.controls.sp_800_53_5_2_0 import SP_800_53_5_2_0
from rules.errors import UnknownControlError

FRAMEWORKS: tuple[Framework, ...] = (
    CSF_2_0,
    SP_800_53_5_2_0,
    ISO_27001_2022,
    SOC2_TSC_2017,
    OWASP_NHI_2025,
    AI_RMF_1_0,
    ITGC,
)

_BY_NAME = {
    f"{framework.short} {control.id}": (framework, control)
    for framework in FRAMEWORKS
    for control in framework.controls
}


def control_of(name: str) -> tuple[Framework, Control]:
    """Look up what a rule maps to, such as `CSF PR.AA-05`.

    Raises UnknownControlError for an id that no framework has, or that was withdrawn.
    """
    known = _BY_NAME.get(name)
    if known is None:
        raise UnknownControlError(name=name, reason="no framework here has it")
    framework, control = known
    if not control.is_active:
        moved = ", ".join(control.moved_to) or "nothing"
        reason = f"{framework.name} {framework.version} has withdrawn it in favour of {moved}"
        raise UnknownControlError(name=name, reason=reason)
    return framework, control
