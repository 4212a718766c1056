"""The rights that the cases under tests/catalog are about, by the word that a case has for them."""

from rules.events import Entitlement

RIGHTS = {
    "wiki": Entitlement(id="wiki", name="Wiki readers", privileged=False, criticality="low"),
    "pay": Entitlement(id="pay", name="Payments operator", system="SAP-PRD", criticality="medium"),
    "root": Entitlement(id="root", name="Domain admin", privileged=True),
    "sap": Entitlement(id="sap", name="SAP basis", system="SAP-PRD", privileged=True),
    "sap-qa": Entitlement(id="sap-qa", name="SAP basis", system="SAP-QA", privileged=True),
    "hr": Entitlement(id="hr", name="Payroll", system="HR-PRD", privileged=True),
    "portal": Entitlement(id="portal", type="vendor_access", name="Portal", privileged=False),
}
