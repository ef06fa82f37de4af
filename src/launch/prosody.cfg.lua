-- The Prosody that `scansion --launch prosody` starts. Names in braces are filled in.

run_as_root = true -- for containers; no effect on other users
data_path = "{dir}/data"
pidfile = "{dir}/prosody.pid"
installer_plugin_path = "{dir}/plugins"
certificates = "{dir}/certs"
log = { { levels = { min = "info" }; to = "file"; filename = "{log}" } }

interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { {port} }
c2s_direct_tls_ports = { {direct_tls_port} }
component_ports = { {component_port} }
http_ports = { {http_port} }
https_ports = { {https_port} }
modules_disabled = { "s2s" } -- nothing leaves this machine

ssl = { certificate = "{certificate}"; key = "{key}" }
c2s_require_encryption = {tls_required}
allow_unencrypted_plain_auth = true

http_default_host = "{domain}"
http_external_url = "http://127.0.0.1:{http_port}/"
consider_websocket_secure = true

modules_enabled = {
	"blocklist"; "carbons"; "csi_simple"; "disco"; "external_services"; "lastactivity"; "mam"; "pep";
	"ping"; "posix"; "private"; "register"; "roster"; "saslauth"; "server_contact_info"; "smacks"; "time"; "tls";
	"tombstones"; "uptime"; "user_account_management"; "vcard4"; "vcard_legacy"; "version"; "websocket";
	"admin_adhoc";
}

-- Accounts are files, which can be written while it runs; all else is forgotten at the end.
authentication = "internal_plain"
storage = { accounts = "internal" }
default_storage = "memory"
limits = {}

admins = {admins}
allow_registration = true
registration_min_seconds = nil
mam_smart_enable = true
hide_os_type = true

contact_info = {
	abuse = { "mailto:abuse@{domain}", "xmpp:abuse@{domain}" };
	admin = { "mailto:admin@{domain}", "xmpp:admin@{domain}" };
	feedback = { "http://{domain}/feedback.html", "mailto:feedback@{domain}", "xmpp:feedback@{domain}" };
	sales = { "xmpp:sales@{domain}" };
	security = { "xmpp:security@{domain}" };
	status = { "gopher://status.{domain}" };
	support = { "https://{domain}/support.html", "xmpp:support@{domain}" };
}

external_service_host = "default.example"
external_service_port = 9876
external_service_secret = "<secret>"
external_services = {
	{ type = "stun"; transport = "udp" };
	{ type = "turn"; transport = "udp"; secret = true };
	{ type = "turn"; transport = "udp"; secret = "foo" };
	{ type = "ftp"; transport = "tcp"; port = 2121; username = "john"; password = "password" };
	{ type = "ftp"; transport = "tcp"; host = "ftp.example.com"; port = 21; username = "john"; password = "password" };
}

{hosts}
