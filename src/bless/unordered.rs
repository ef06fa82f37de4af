//! Elements whose children a server may give in any order.

use minidom::Element;

use crate::ns;

/// The attribute that says that the children of an element may come in any order, without the blank before it.
pub(super) fn any_order(quote: char) -> String {
    format!("scansion:order={quote}any{quote}")
}

/// Whether an element holds what is a set: the features and identities of an entity, its items (XEP-0030 §3.1, §4.1),
/// or a roster (RFC 6121 §2.1.4). Servers are seen to give these in another order each time.
pub(super) fn is_set(element: &Element) -> bool {
    let sets = [ns::DISCO_INFO, ns::DISCO_ITEMS, "jabber:iq:roster"];
    element.name() == "query" && sets.iter().any(|namespace| element.has_ns(*namespace))
}
