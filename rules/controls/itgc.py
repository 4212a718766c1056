"""The areas of general IT controls that SOX auditors test; they have no official ids."""

from rules.controls.framework import Framework, active

ITGC = Framework(
    short="ITGC",
    name="SOX general IT control areas",
    version="our own labels",
    controls=(
        active("APD", "Access to programs and data"),
        active("PC", "Program changes"),
        active("CO", "Computer operations"),
        active("PD", "Program development"),
    ),
)
