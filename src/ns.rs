//! The XML namespaces that the program itself has to know.

/// A client's stanzas, the default namespace of its stream (RFC 6120 §4.8.3).
pub const CLIENT: &str = "jabber:client";
/// A component's stanzas, the default namespace of its stream (XEP-0114 §3).
pub const COMPONENT: &str = "jabber:component:accept";
/// The stanzas of a server to another one, the default namespace of its stream (RFC 6120 §4.8.3).
pub const SERVER: &str = "jabber:server";
/// The stream element, its features and its errors (RFC 6120 §4.8.1).
pub const STREAM: &str = "http://etherx.jabber.org/streams";
/// Conditions of stream errors (RFC 6120 §4.9.2).
pub const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
/// Conditions of stanza errors (RFC 6120 §8.3.2).
pub const STANZA_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// STARTTLS negotiation (RFC 6120 §5).
pub const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
/// SASL negotiation (RFC 6120 §6).
pub const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
/// Extensible SASL (XEP-0388).
pub const SASL_2: &str = "urn:xmpp:sasl:2";
/// What a login can be bound to (XEP-0440 §2).
pub const CHANNEL_BINDING: &str = "urn:xmpp:sasl-cb:0";
/// The beginning and end of a stream in a WebSocket (RFC 7395 §3.3.2).
pub const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";
/// Resource binding (RFC 6120 §7).
pub const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
/// Binding as part of a login (XEP-0386).
pub const BIND_2: &str = "urn:xmpp:bind:0";
/// Session establishment, which RFC 3921 servers demand.
pub const SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";
/// Stream management (XEP-0198).
pub const STREAM_MANAGEMENT: &str = "urn:xmpp:sm:3";
/// Stream management before version 1.5 of its standard, which some servers still offer beside the other.
pub const OLD_STREAM_MANAGEMENT: &str = "urn:xmpp:sm:2";
/// Client state indication (XEP-0352).
pub const CLIENT_STATE: &str = "urn:xmpp:csi:0";
/// XMPP Ping (XEP-0199).
pub const PING: &str = "urn:xmpp:ping";
/// What an entity is and has (XEP-0030 §3).
pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// What there is at an entity (XEP-0030 §4).
pub const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// A program's name and version (XEP-0092).
pub const VERSION: &str = "jabber:iq:version";
/// In-band registration (XEP-0077).
pub const REGISTER: &str = "jabber:iq:register";
/// The address at which one can register otherwise (XEP-0066 §3, XEP-0077 §5).
pub const OUT_OF_BAND: &str = "jabber:x:oob";
/// Data forms (XEP-0004).
pub const DATA_FORMS: &str = "jabber:x:data";
/// Ad-hoc commands (XEP-0050).
pub const COMMANDS: &str = "http://jabber.org/protocol/commands";
/// The prefix `xml`, which needs no declaration.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// What declares a namespace, as if it were an attribute (Namespaces in XML 1.0 §3).
pub const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
/// What the prefix `scansion` stands for inside the program; it is never on the wire.
pub const SCANSION: &str = "scansion:";
/// The roster (RFC 6121 §2).
pub const ROSTER: &str = "jabber:iq:roster";
/// Message carbons (XEP-0280).
pub const CARBONS: &str = "urn:xmpp:carbons:2";
/// Rooms; the namespace of whoever enters one (XEP-0045 §7.2).
pub const MUC: &str = "http://jabber.org/protocol/muc";
/// What the namespaces of channels begin with (XEP-0369).
pub const MIX: &str = "urn:xmpp:mix:";
