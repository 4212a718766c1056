"""NIST Cybersecurity Framework 2.0: every id with its status, as a literal list.

From NIST CSWP 29, 26 February 2024.
Public domain (US Government work; oscal-content LICENSE: public domain / CC0-1.0). Read on 2026-11-24.
"""

# ruff: noqa: E501 - a control's title stands on the line of its id

from rules.controls.framework import Framework, active, withdrawn

CSF_2_0 = Framework(
    short="CSF",
    name="NIST Cybersecurity Framework",
    version="2.0",
    controls=(
        active("GV", "GOVERN"),
        active("GV.OC", "Organizational Context"),
        active(
            "GV.OC-01",
            "The organizational mission is understood and informs cybersecurity risk management",
        ),
        active(
            "GV.OC-02",
            "Internal and external stakeholders are understood, and their needs and expectations regarding cybersecurity risk management are understood and considered",
        ),
        active(
            "GV.OC-03",
            "Legal, regulatory, and contractual requirements regarding cybersecurity - including privacy and civil liberties obligations - are understood and managed",
        ),
        active(
            "GV.OC-04",
            "Critical objectives, capabilities, and services that external stakeholders depend on or expect from the organization are understood and communicated",
        ),
        active(
            "GV.OC-05",
            "Outcomes, capabilities, and services that the organization depends on are understood and communicated",
        ),
        active("GV.OV", "Oversight"),
        active(
            "GV.OV-01",
            "Cybersecurity risk management strategy outcomes are reviewed to inform and adjust strategy and direction",
        ),
        active(
            "GV.OV-02",
            "The cybersecurity risk management strategy is reviewed and adjusted to ensure coverage of organizational requirements and risks",
        ),
        active(
            "GV.OV-03",
            "Organizational cybersecurity risk management performance is evaluated and reviewed for adjustments needed",
        ),
        active("GV.PO", "Policy"),
        active(
            "GV.PO-01",
            "Policy for managing cybersecurity risks is established based on organizational context, cybersecurity strategy, and priorities and is communicated and enforced",
        ),
        active(
            "GV.PO-02",
            "Policy for managing cybersecurity risks is reviewed, updated, communicated, and enforced to reflect changes in requirements, threats, technology, and organizational mission",
        ),
        active("GV.RM", "Risk Management Strategy"),
        active(
            "GV.RM-01",
            "Risk management objectives are established and agreed to by organizational stakeholders",
        ),
        active(
            "GV.RM-02",
            "Risk appetite and risk tolerance statements are established, communicated, and maintained",
        ),
        active(
            "GV.RM-03",
            "Cybersecurity risk management activities and outcomes are included in enterprise risk management processes",
        ),
        active(
            "GV.RM-04",
            "Strategic direction that describes appropriate risk response options is established and communicated",
        ),
        active(
            "GV.RM-05",
            "Lines of communication across the organization are established for cybersecurity risks, including risks from suppliers and other third parties",
        ),
        active(
            "GV.RM-06",
            "A standardized method for calculating, documenting, categorizing, and prioritizing cybersecurity risks is established and communicated",
        ),
        active(
            "GV.RM-07",
            "Strategic opportunities (i.e., positive risks) are characterized and are included in organizational cybersecurity risk discussions",
        ),
        active("GV.RR", "Roles, Responsibilities, and Authorities"),
        active(
            "GV.RR-01",
            "Organizational leadership is responsible and accountable for cybersecurity risk and fosters a culture that is risk-aware, ethical, and continually improving",
        ),
        active(
            "GV.RR-02",
            "Roles, responsibilities, and authorities related to cybersecurity risk management are established, communicated, understood, and enforced",
        ),
        active(
            "GV.RR-03",
            "Adequate resources are allocated commensurate with the cybersecurity risk strategy, roles, responsibilities, and policies",
        ),
        active("GV.RR-04", "Cybersecurity is included in human resources practices"),
        active("GV.SC", "Cybersecurity Supply Chain Risk Management"),
        active(
            "GV.SC-01",
            "A cybersecurity supply chain risk management program, strategy, objectives, policies, and processes are established and agreed to by organizational stakeholders",
        ),
        active(
            "GV.SC-02",
            "Cybersecurity roles and responsibilities for suppliers, customers, and partners are established, communicated, and coordinated internally and externally",
        ),
        active(
            "GV.SC-03",
            "Cybersecurity supply chain risk management is integrated into cybersecurity and enterprise risk management, risk assessment, and improvement processes",
        ),
        active("GV.SC-04", "Suppliers are known and prioritized by criticality"),
        active(
            "GV.SC-05",
            "Requirements to address cybersecurity risks in supply chains are established, prioritized, and integrated into contracts and other types of agreements with suppliers and other relevant third parties",
        ),
        active(
            "GV.SC-06",
            "Planning and due diligence are performed to reduce risks before entering into formal supplier or other third-party relationships",
        ),
        active(
            "GV.SC-07",
            "The risks posed by a supplier, their products and services, and other third parties are understood, recorded, prioritized, assessed, responded to, and monitored over the course of the relationship",
        ),
        active(
            "GV.SC-08",
            "Relevant suppliers and other third parties are included in incident planning, response, and recovery activities",
        ),
        active(
            "GV.SC-09",
            "Supply chain security practices are integrated into cybersecurity and enterprise risk management programs, and their performance is monitored throughout the technology product and service life cycle",
        ),
        active(
            "GV.SC-10",
            "Cybersecurity supply chain risk management plans include provisions for activities that occur after the conclusion of a partnership or service agreement",
        ),
        active("ID", "IDENTIFY"),
        active("ID.AM", "Asset Management"),
        active("ID.AM-01", "Inventories of hardware managed by the organization are maintained"),
        active(
            "ID.AM-02",
            "Inventories of software, services, and systems managed by the organization are maintained",
        ),
        active(
            "ID.AM-03",
            "Representations of the organization's authorized network communication and internal and external network data flows are maintained",
        ),
        active("ID.AM-04", "Inventories of services provided by suppliers are maintained"),
        active(
            "ID.AM-05",
            "Assets are prioritized based on classification, criticality, resources, and impact on the mission",
        ),
        withdrawn(
            "ID.AM-06",
            "Cybersecurity roles and responsibilities for the entire workforce and third-party stakeholders (e.g., suppliers, customers, partners) are established",
            "GV.RR-02",
            "GV.SC-02",
        ),
        active(
            "ID.AM-07",
            "Inventories of data and corresponding metadata for designated data types are maintained",
        ),
        active(
            "ID.AM-08",
            "Systems, hardware, software, services, and data are managed throughout their life cycles",
        ),
        withdrawn("ID.BE", "Business Environment", "GV.OC"),
        withdrawn(
            "ID.BE-01",
            "The organization's role in the supply chain is identified and communicated",
            "GV.OC-05",
        ),
        withdrawn(
            "ID.BE-02",
            "The organization's place in critical infrastructure and its industry sector is identified and communicated",
            "GV.OC-01",
        ),
        withdrawn(
            "ID.BE-03",
            "Priorities for organizational mission, objectives, and activities are established and communicated",
            "GV.OC-01",
        ),
        withdrawn(
            "ID.BE-04",
            "Dependencies and critical functions for delivery of critical services are established",
            "GV.OC-04",
            "GV.OC-05",
        ),
        withdrawn(
            "ID.BE-05",
            "Resilience requirements to support delivery of critical services are established for all operating states (e.g. under duress/attack, during recovery, normal operations)",
            "GV.OC-04",
        ),
        withdrawn("ID.GV", "Governance", "GV"),
        withdrawn(
            "ID.GV-01",
            "Organizational cybersecurity policy is established and communicated",
            "GV.PO",
            "GV.PO-01",
            "GV.PO-02",
        ),
        withdrawn(
            "ID.GV-02",
            "Cybersecurity roles and responsibilities are coordinated and aligned with internal roles and external partners",
            "GV.RR",
            "GV.OC-02",
            "GV.RR-02",
        ),
        withdrawn(
            "ID.GV-03",
            "Legal and regulatory requirements regarding cybersecurity, including privacy and civil liberties obligations, are understood and managed",
            "GV.OC-03",
        ),
        withdrawn(
            "ID.GV-04",
            "Governance and risk management processes address cybersecurity risks",
            "GV.RM-04",
        ),
        active("ID.IM", "Improvement"),
        active("ID.IM-01", "Improvements are identified from evaluations"),
        active(
            "ID.IM-02",
            "Improvements are identified from security tests and exercises, including those done in coordination with suppliers and relevant third parties",
        ),
        active(
            "ID.IM-03",
            "Improvements are identified from execution of operational processes, procedures, and activities",
        ),
        active(
            "ID.IM-04",
            "Incident response plans and other cybersecurity plans that affect operations are established, communicated, maintained, and improved",
        ),
        active("ID.RA", "Risk Assessment"),
        active("ID.RA-01", "Vulnerabilities in assets are identified, validated, and recorded"),
        active(
            "ID.RA-02",
            "Cyber threat intelligence is received from information sharing forums and sources",
        ),
        active(
            "ID.RA-03",
            "Internal and external threats to the organization are identified and recorded",
        ),
        active(
            "ID.RA-04",
            "Potential impacts and likelihoods of threats exploiting vulnerabilities are identified and recorded",
        ),
        active(
            "ID.RA-05",
            "Threats, vulnerabilities, likelihoods, and impacts are used to understand inherent risk and inform risk response prioritization",
        ),
        active(
            "ID.RA-06", "Risk responses are chosen, prioritized, planned, tracked, and communicated"
        ),
        active(
            "ID.RA-07",
            "Changes and exceptions are managed, assessed for risk impact, recorded, and tracked",
        ),
        active(
            "ID.RA-08",
            "Processes for receiving, analyzing, and responding to vulnerability disclosures are established",
        ),
        active(
            "ID.RA-09",
            "The authenticity and integrity of hardware and software are assessed prior to acquisition and use",
        ),
        active("ID.RA-10", "Critical suppliers are assessed prior to acquisition"),
        withdrawn("ID.RM", "Risk Management Strategy", "GV.RM"),
        withdrawn(
            "ID.RM-01",
            "Risk management processes are established, managed, and agreed to by organizational stakeholders",
            "GV.RM-01",
            "GV.RM-06",
            "GV.RR-03",
        ),
        withdrawn(
            "ID.RM-02",
            "Organizational risk tolerance is determined and clearly expressed",
            "GV.RM-02",
            "GV.RM-04",
        ),
        withdrawn(
            "ID.RM-03",
            "The organization's determination of risk tolerance is informed by its role in critical infrastructure and sector specific risk analysis",
            "GV.RM-02",
        ),
        withdrawn("ID.SC", "Supply Chain Risk Management", "GV.SC"),
        withdrawn(
            "ID.SC-01",
            "Cyber supply chain risk management processes are identified, established, assessed, managed, and agreed to by organizational stakeholders",
            "GV.RM-05",
            "GV.SC-01",
            "GV.SC-06",
            "GV.SC-09",
            "GV.SC-10",
        ),
        withdrawn(
            "ID.SC-02",
            "Suppliers and third party partners of information systems, components, and services are identified, prioritized, and assessed using a cyber supply chain risk assessment process",
            "GV.OC-02",
            "GV.SC-03",
            "GV.SC-04",
            "GV.SC-07",
            "ID.RA-10",
        ),
        withdrawn(
            "ID.SC-03",
            "Contracts with suppliers and third-party partners are used to implement appropriate measures designed to meet the objectives of an organization's cybersecurity program and Cyber Supply Chain Risk Management Plan.",
            "GV.SC-05",
        ),
        withdrawn(
            "ID.SC-04",
            "Suppliers and third-party partners are routinely assessed using audits, test results, or other forms of evaluations to confirm they are meeting their contractual obligations.",
            "GV.SC-07",
            "ID.RA-10",
        ),
        withdrawn(
            "ID.SC-05",
            "Response and recovery planning and testing are conducted with suppliers and third-party providers",
            "GV.SC-08",
            "ID.IM-02",
        ),
        active("PR", "PROTECT"),
        active("PR.AA", "Identity Management, Authentication, and Access Control"),
        active(
            "PR.AA-01",
            "Identities and credentials for authorized users, services, and hardware are managed by the organization",
        ),
        active(
            "PR.AA-02",
            "Identities are proofed and bound to credentials based on the context of interactions",
        ),
        active("PR.AA-03", "Users, services, and hardware are authenticated"),
        active("PR.AA-04", "Identity assertions are protected, conveyed, and verified"),
        active(
            "PR.AA-05",
            "Access permissions, entitlements, and authorizations are defined in a policy, managed, enforced, and reviewed, and incorporate the principles of least privilege and separation of duties",
        ),
        active(
            "PR.AA-06",
            "Physical access to assets is managed, monitored, and enforced commensurate with risk",
        ),
        withdrawn("PR.AC", "Identity Management, Authentication and Access Control", "PR.AA"),
        withdrawn(
            "PR.AC-01",
            "Identities and credentials are issued, managed, verified, revoked, and audited for authorized devices, users and processes",
            "PR.AA-01",
            "PR.AA-05",
        ),
        withdrawn("PR.AC-02", "Physical access to assets is managed and protected", "PR.AA-06"),
        withdrawn("PR.AC-03", "Remote access is managed", "PR.AA-03", "PR.AA-05", "PR.IR-01"),
        withdrawn(
            "PR.AC-04",
            "Access permissions and authorizations are managed, incorporating the principles of least privilege and separation of duties",
            "PR.AA-05",
        ),
        withdrawn(
            "PR.AC-05",
            "Network integrity is protected (e.g., network segregation, network segmentation)",
            "PR.IR-01",
        ),
        withdrawn(
            "PR.AC-06",
            "Identities are proofed and bound to credentials and asserted in interactions",
            "PR.AA-02",
        ),
        withdrawn(
            "PR.AC-07",
            "Users, devices, and other assets are authenticated (e.g., single-factor, multi-factor) commensurate with the risk of the transaction (e.g., individuals' security and privacy risks and other organizational risks)",
            "PR.AA-03",
        ),
        active("PR.AT", "Awareness and Training"),
        active(
            "PR.AT-01",
            "Personnel are provided with awareness and training so that they possess the knowledge and skills to perform general tasks with cybersecurity risks in mind",
        ),
        active(
            "PR.AT-02",
            "Individuals in specialized roles are provided with awareness and training so that they possess the knowledge and skills to perform relevant tasks with cybersecurity risks in mind",
        ),
        withdrawn(
            "PR.AT-03",
            "Third-party stakeholders (e.g., suppliers, customers, partners) understand their roles and responsibilities",
            "PR.AT-01",
            "PR.AT-02",
        ),
        withdrawn(
            "PR.AT-04", "Senior executives understand their roles and responsibilities", "PR.AT-02"
        ),
        withdrawn(
            "PR.AT-05",
            "Physical and cybersecurity personnel understand their roles and responsibilities",
            "PR.AT-02",
        ),
        active("PR.DS", "Data Security"),
        active(
            "PR.DS-01",
            "The confidentiality, integrity, and availability of data-at-rest are protected",
        ),
        active(
            "PR.DS-02",
            "The confidentiality, integrity, and availability of data-in-transit are protected",
        ),
        withdrawn(
            "PR.DS-03",
            "Assets are formally managed throughout removal, transfers, and disposition",
            "ID.AM-08",
            "PR.PS-03",
        ),
        withdrawn("PR.DS-04", "Adequate capacity to ensure availability is maintained", "PR.IR-04"),
        withdrawn(
            "PR.DS-05",
            "Protections against data leaks are implemented",
            "PR.DS-01",
            "PR.DS-02",
            "PR.DS-10",
        ),
        withdrawn(
            "PR.DS-06",
            "Integrity checking mechanisms are used to verify software, firmware, and information integrity",
            "PR.DS-01",
            "DE.CM-09",
        ),
        withdrawn(
            "PR.DS-07",
            "The development and testing environment(s) are separate from the production environment",
            "PR.IR-01",
        ),
        withdrawn(
            "PR.DS-08",
            "Integrity checking mechanisms are used to verify hardware integrity",
            "ID.RA-09",
            "DE.CM-09",
        ),
        active(
            "PR.DS-10",
            "The confidentiality, integrity, and availability of data-in-use are protected",
        ),
        active("PR.DS-11", "Backups of data are created, protected, maintained, and tested"),
        withdrawn("PR.IP", "Information Protection Processes and Procedures"),
        withdrawn(
            "PR.IP-01",
            "A baseline configuration of information technology/industrial control systems is created and maintained incorporating security principles (e.g. concept of least functionality)",
            "PR.PS-01",
        ),
        withdrawn(
            "PR.IP-02",
            "A System Development Life Cycle to manage systems is implemented",
            "ID.AM-08",
            "PR.PS-06",
        ),
        withdrawn(
            "PR.IP-03",
            "Configuration change control processes are in place",
            "ID.RA-07",
            "PR.PS-01",
        ),
        withdrawn(
            "PR.IP-04", "Backups of information are conducted, maintained, and tested", "PR.DS-11"
        ),
        withdrawn(
            "PR.IP-05",
            "Policy and regulations regarding the physical operating environment for organizational assets are met",
            "PR.IR-02",
        ),
        withdrawn("PR.IP-06", "Data is destroyed according to policy", "ID.AM-08"),
        withdrawn("PR.IP-07", "Protection processes are improved", "ID.IM", "ID.IM-03"),
        withdrawn("PR.IP-08", "Effectiveness of protection technologies is shared", "ID.IM-03"),
        withdrawn(
            "PR.IP-09",
            "Response plans (Incident Response and Business Continuity) and recovery plans (Incident Recovery and Disaster Recovery) are in place and managed",
            "ID.IM-04",
        ),
        withdrawn("PR.IP-10", "Response and recovery plans are tested", "ID.IM-02", "ID.IM-04"),
        withdrawn(
            "PR.IP-11",
            "Cybersecurity is included in human resources practices (e.g., deprovisioning, personnel screening)",
            "GV.RR-04",
        ),
        withdrawn(
            "PR.IP-12",
            "A vulnerability management plan is developed and implemented",
            "ID.RA-01",
            "PR.PS-02",
        ),
        active("PR.IR", "Technology Infrastructure Resilience"),
        active(
            "PR.IR-01",
            "Networks and environments are protected from unauthorized logical access and usage",
        ),
        active(
            "PR.IR-02",
            "The organization's technology assets are protected from environmental threats",
        ),
        active(
            "PR.IR-03",
            "Mechanisms are implemented to achieve resilience requirements in normal and adverse situations",
        ),
        active("PR.IR-04", "Adequate resource capacity to ensure availability is maintained"),
        withdrawn("PR.MA", "Maintenance", "ID.AM-08"),
        withdrawn(
            "PR.MA-01",
            "Maintenance and repair of organizational assets are performed and logged, with approved and controlled tools",
            "ID.AM-08",
            "PR.PS-03",
        ),
        withdrawn(
            "PR.MA-02",
            "Remote maintenance of organizational assets is approved, logged, and performed in a manner that prevents unauthorized access",
            "ID.AM-08",
            "PR.PS-02",
        ),
        active("PR.PS", "Platform Security"),
        active("PR.PS-01", "Configuration management practices are established and applied"),
        active("PR.PS-02", "Software is maintained, replaced, and removed commensurate with risk"),
        active("PR.PS-03", "Hardware is maintained, replaced, and removed commensurate with risk"),
        active(
            "PR.PS-04", "Log records are generated and made available for continuous monitoring"
        ),
        active("PR.PS-05", "Installation and execution of unauthorized software are prevented"),
        active(
            "PR.PS-06",
            "Secure software development practices are integrated, and their performance is monitored throughout the software development life cycle",
        ),
        withdrawn("PR.PT", "Protective Technology"),
        withdrawn(
            "PR.PT-01",
            "Audit/log records are determined, documented, implemented, and reviewed in accordance with policy",
            "PR.PS-04",
        ),
        withdrawn(
            "PR.PT-02",
            "Removable media is protected and its use restricted according to policy",
            "PR.DS-01",
            "PR.PS-01",
        ),
        withdrawn(
            "PR.PT-03",
            "The principle of least functionality is incorporated by configuring systems to provide only essential capabilities",
            "PR.PS-01",
        ),
        withdrawn(
            "PR.PT-04", "Communications and control networks are protected", "PR.AA-06", "PR.IR-01"
        ),
        withdrawn(
            "PR.PT-05",
            "Mechanisms (e.g., failsafe, load balancing, hot swap) are implemented to achieve resilience requirements in normal and adverse situations",
            "PR.IR-03",
        ),
        active("DE", "DETECT"),
        active("DE.AE", "Adverse Event Analysis"),
        withdrawn(
            "DE.AE-01",
            "A baseline of network operations and expected data flows for users and systems is established and managed",
            "ID.AM-03",
        ),
        active(
            "DE.AE-02",
            "Potentially adverse events are analyzed to better understand associated activities",
        ),
        active("DE.AE-03", "Information is correlated from multiple sources"),
        active("DE.AE-04", "The estimated impact and scope of adverse events are understood"),
        withdrawn("DE.AE-05", "Incident alert thresholds are established", "DE.AE-08"),
        active(
            "DE.AE-06", "Information on adverse events is provided to authorized staff and tools"
        ),
        active(
            "DE.AE-07",
            "Cyber threat intelligence and other contextual information are integrated into the analysis",
        ),
        active(
            "DE.AE-08",
            "Incidents are declared when adverse events meet the defined incident criteria",
        ),
        active("DE.CM", "Continuous Monitoring"),
        active(
            "DE.CM-01",
            "Networks and network services are monitored to find potentially adverse events",
        ),
        active(
            "DE.CM-02", "The physical environment is monitored to find potentially adverse events"
        ),
        active(
            "DE.CM-03",
            "Personnel activity and technology usage are monitored to find potentially adverse events",
        ),
        withdrawn("DE.CM-04", "Malicious code is detected", "DE.CM-01", "DE.CM-09"),
        withdrawn("DE.CM-05", "Unauthorized mobile code is detected", "DE.CM-01", "DE.CM-09"),
        active(
            "DE.CM-06",
            "External service provider activities and services are monitored to find potentially adverse events",
        ),
        withdrawn(
            "DE.CM-07",
            "Monitoring for unauthorized personnel, connections, devices, and software is performed",
            "DE.CM-01",
            "DE.CM-03",
            "DE.CM-06",
            "DE.CM-09",
        ),
        withdrawn("DE.CM-08", "Vulnerability scans are performed", "ID.RA-01"),
        active(
            "DE.CM-09",
            "Computing hardware and software, runtime environments, and their data are monitored to find potentially adverse events",
        ),
        withdrawn("DE.DP", "Detection Processes"),
        withdrawn(
            "DE.DP-01",
            "Roles and responsibilities for detection are well defined to ensure accountability",
            "GV.RR-02",
        ),
        withdrawn(
            "DE.DP-02", "Detection activities comply with all applicable requirements", "DE.AE"
        ),
        withdrawn("DE.DP-03", "Detection processes are tested", "ID.IM-02"),
        withdrawn("DE.DP-04", "Event detection information is communicated", "DE.AE-06"),
        withdrawn("DE.DP-05", "Detection processes are continuously improved", "ID.IM", "ID.IM-03"),
        active("RS", "RESPOND"),
        active("RS.AN", "Incident Analysis"),
        withdrawn("RS.AN-01", "Notifications from detection systems are investigated", "RS.MA-02"),
        withdrawn(
            "RS.AN-02",
            "The impact of the incident is understood",
            "RS.MA-02",
            "RS.MA-03",
            "RS.MA-04",
        ),
        active(
            "RS.AN-03",
            "Analysis is performed to establish what has taken place during an incident and the root cause of the incident",
        ),
        withdrawn(
            "RS.AN-04", "Incidents are categorized consistent with response plans", "RS.MA-03"
        ),
        withdrawn(
            "RS.AN-05",
            "Processes are established to receive, analyze and respond to vulnerabilities disclosed to the organization from internal and external sources (e.g. internal testing, security bulletins, or security researchers)",
            "ID.RA-08",
        ),
        active(
            "RS.AN-06",
            "Actions performed during an investigation are recorded, and the records' integrity and provenance are preserved",
        ),
        active(
            "RS.AN-07",
            "Incident data and metadata are collected, and their integrity and provenance are preserved",
        ),
        active("RS.AN-08", "An incident's magnitude is estimated and validated"),
        active("RS.CO", "Incident Response Reporting and Communication"),
        withdrawn(
            "RS.CO-01",
            "Personnel know their roles and order of operations when a response is needed",
            "PR.AT-01",
        ),
        active("RS.CO-02", "Internal and external stakeholders are notified of incidents"),
        active(
            "RS.CO-03", "Information is shared with designated internal and external stakeholders"
        ),
        withdrawn(
            "RS.CO-04",
            "Coordination with stakeholders occurs consistent with response plans",
            "RS.MA-01",
            "RS.MA-04",
        ),
        withdrawn(
            "RS.CO-05",
            "Voluntary information sharing occurs with external stakeholders to achieve broader cybersecurity situational awareness",
            "RS.CO-03",
        ),
        withdrawn("RS.IM", "Improvements", "ID.IM"),
        withdrawn("RS.IM-01", "Response plans incorporate lessons learned", "ID.IM-03", "ID.IM-04"),
        withdrawn("RS.IM-02", "Response strategies are updated", "ID.IM-03"),
        active("RS.MA", "Incident Management"),
        active(
            "RS.MA-01",
            "The incident response plan is executed in coordination with relevant third parties once an incident is declared",
        ),
        active("RS.MA-02", "Incident reports are triaged and validated"),
        active("RS.MA-03", "Incidents are categorized and prioritized"),
        active("RS.MA-04", "Incidents are escalated or elevated as needed"),
        active("RS.MA-05", "The criteria for initiating incident recovery are applied"),
        active("RS.MI", "Incident Mitigation"),
        active("RS.MI-01", "Incidents are contained"),
        active("RS.MI-02", "Incidents are eradicated"),
        withdrawn(
            "RS.MI-03",
            "Newly identified vulnerabilities are mitigated or documented as accepted risks",
            "ID.RA-06",
        ),
        withdrawn("RS.RP", "Response Planning", "RS.MA"),
        withdrawn("RS.RP-01", "Response plan is executed during or after an incident", "RS.MA-01"),
        active("RC", "RECOVER"),
        active("RC.CO", "Incident Recovery Communication"),
        withdrawn("RC.CO-01", "Public relations are managed", "RC.CO-04"),
        withdrawn("RC.CO-02", "Reputation is repaired after an incident", "RC.CO-04"),
        active(
            "RC.CO-03",
            "Recovery activities and progress in restoring operational capabilities are communicated to designated internal and external stakeholders",
        ),
        active(
            "RC.CO-04",
            "Public updates on incident recovery are shared using approved methods and messaging",
        ),
        withdrawn("RC.IM", "Improvements", "ID.IM"),
        withdrawn("RC.IM-01", "Recovery plans incorporate lessons learned", "ID.IM-03", "ID.IM-04"),
        withdrawn("RC.IM-02", "Recovery strategies are updated", "ID.IM-03"),
        active("RC.RP", "Incident Recovery Plan Execution"),
        active(
            "RC.RP-01",
            "The recovery portion of the incident response plan is executed once initiated from the incident response process",
        ),
        active("RC.RP-02", "Recovery actions are selected, scoped, prioritized, and performed"),
        active(
            "RC.RP-03",
            "The integrity of backups and other restoration assets is verified before using them for restoration",
        ),
        active(
            "RC.RP-04",
            "Critical mission functions and cybersecurity risk management are considered to establish post-incident operational norms",
        ),
        active(
            "RC.RP-05",
            "The integrity of restored assets is verified, systems and services are restored, and normal operating status is confirmed",
        ),
        active(
            "RC.RP-06",
            "The end of incident recovery is declared based on criteria, and incident-related documentation is completed",
        ),
    ),
)
