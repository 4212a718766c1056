"""OWASP Non-Human Identities Top 10 2025: every id with its status, as a literal list.

From OWASP Top 10 Non-Human Identities Risks - 2025.
CC-BY-SA-4.0 (LICENSE.md of the repository); only ids and titles are copied. Read on 2026-11-24.
"""

from rules.controls.framework import Framework, active

OWASP_NHI_2025 = Framework(
    short="NHI",
    name="OWASP Non-Human Identities Top 10",
    version="2025",
    controls=(
        active("NHI1:2025", "Improper Offboarding"),
        active("NHI2:2025", "Secret Leakage"),
        active("NHI3:2025", "Vulnerable Third-Party NHI"),
        active("NHI4:2025", "Insecure Authentication"),
        active("NHI5:2025", "Overprivileged NHI"),
        active("NHI6:2025", "Insecure Cloud Deployment Configurations"),
        active("NHI7:2025", "Long-Lived Secrets"),
        active("NHI8:2025", "Environment Isolation"),
        active("NHI9:2025", "NHI Reuse"),
        active("NHI10:2025", "Human Use of NHI"),
    ),
)
