"""The vendors that can be pulled, by the name of the connector that reads them."""

from collections.abc import Mapping

from stream.pulling.feed import Vendor
from stream.pulling.vendors.entra import ENTRA
from stream.pulling.vendors.github import GITHUB
from stream.pulling.vendors.midpoint import MIDPOINT
from stream.pulling.vendors.okta import OKTA
from stream.pulling.vendors.servicenow import SERVICENOW

VENDORS: Mapping[str, Vendor] = {
    each.connector: each for each in (ENTRA, GITHUB, MIDPOINT, OKTA, SERVICENOW)
}
