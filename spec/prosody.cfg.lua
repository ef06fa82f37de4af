-- The Prosody that the scripts in this folder, and the project's tests, are acted out on.
-- Started by `tests/with-prosody`, which hands in a fresh folder and free ports:
--   SCANSION_DIR             holds data/, plugins/, and the certificate
--   SCANSION_C2S_PORT        clients
--   SCANSION_COMPONENT_PORT  external components (XEP-0114)
-- A name with `ENV_` in front is Prosody's way to read a variable of the environment.

-- The clock that Prosody counts seconds by stands still. Its own scripts expect it: they
-- compare archive times, uptimes and time-limited credentials with fixed values. Dates
-- that are written out (XEP-0202, XEP-0203) are those of today all the same. The clock for
-- timers must go on, else reading from TLS connections stalls.
local start = 1219439344
function _G.os.time() return start end
local monotonic = require "util.time".monotonic
package.loaded["util.time"] = {
	now = function() return start + 0.1 end;
	monotonic = monotonic;
}

run_as_root = true -- for containers; no effect on other users
data_path = ENV_SCANSION_DIR .. "/data"
installer_plugin_path = ENV_SCANSION_DIR .. "/plugins"
certificates = ENV_SCANSION_DIR .. "/certs"
pidfile = ENV_SCANSION_DIR .. "/prosody.pid"
log = { { levels = { min = "info" }; to = "file"; filename = ENV_SCANSION_DIR .. "/prosody.log" } }

interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { tonumber(ENV_SCANSION_C2S_PORT) }
component_ports = { tonumber(ENV_SCANSION_COMPONENT_PORT) }
http_ports = {}
https_ports = {}
modules_disabled = { "s2s" } -- nothing leaves this machine

modules_enabled = {
	"blocklist"; "carbons"; "disco"; "external_services"; "lastactivity"; "mam"; "pep"; "ping";
	"posix"; "private"; "register"; "roster"; "saslauth"; "server_contact_info"; "smacks"; "time";
	"tombstones"; "uptime"; "user_account_management"; "vcard4"; "vcard_legacy"; "version";
}

-- Everything is forgotten at the end, except for accounts, which are files so that
-- `tests/with-prosody` can write some before the start.
storage = { accounts = "internal" }
default_storage = "memory"

allow_registration = false
admins = { "admin@localhost" }
mam_smart_enable = true

contact_info = {
	abuse = { "mailto:abuse@localhost", "xmpp:abuse@localhost" };
	admin = { "mailto:admin@localhost", "xmpp:admin@localhost" };
	feedback = { "http://localhost/feedback.html", "mailto:feedback@localhost", "xmpp:feedback@localhost" };
	sales = { "xmpp:sales@localhost" };
	security = { "xmpp:security@localhost" };
	status = { "gopher://status.localhost" };
	support = { "https://localhost/support.html", "xmpp:support@localhost" };
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

-- Most scripts play here: every user exists, any password is right, no TLS. This is
-- only for tests on a loopback address.
c2s_require_encryption = false
allow_unencrypted_plain_auth = true

VirtualHost "localhost"
	authentication = "insecure"
	insecure_open_authentication = "Yes please, I know what I'm doing!"
	hide_os_type = true

-- TLS is required, and every SCRAM mechanism is offered. Users: see `tests/with-prosody`.
VirtualHost "scram.localhost"
	modules_enabled = { "tls" } -- here alone: the other hosts have no certificate
	authentication = "internal_plain"
	c2s_require_encryption = true
	ssl = {
		certificate = ENV_SCANSION_DIR .. "/certs/scram.localhost.crt";
		key = ENV_SCANSION_DIR .. "/certs/scram.localhost.key";
	}

-- Users without an account, who log in without a password (RFC 4505).
VirtualHost "anonymous.localhost"
	authentication = "anonymous"

Component "conference.localhost" "muc"
	admins = { "Admin@localhost" }
	modules_enabled = { "muc_mam" }

Component "pubsub.localhost" "pubsub"
	expose_publisher = true

Component "upload.localhost" "http_file_share"
	http_file_share_size_limit = 10000000
	http_file_share_allowed_file_types = { "text/plain", "image/*" }

-- An external component connects here (XEP-0114).
Component "component.localhost"
	component_secret = "secret"
