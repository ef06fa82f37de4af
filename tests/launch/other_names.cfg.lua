-- A server whose services are called otherwise than most, and which has two for rooms.
run_as_root = true
data_path = "{dir}/data"
pidfile = "{dir}/prosody.pid"
certificates = "{dir}/certs"
log = { { levels = { min = "info" }; to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { {port} }
http_ports = {}
https_ports = {}
modules_disabled = { "s2s" }
modules_enabled = { "roster"; "saslauth"; "disco"; "ping" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
disable_sasl_mechanisms = { "SCRAM-SHA-256"; "SCRAM-SHA-256-PLUS" }
authentication = "insecure"
insecure_open_authentication = "Yes please, I know what I'm doing!"
default_storage = "memory"
VirtualHost "{domain}"
Component "rooms.{domain}" "muc"
	modules_enabled = { "muc_mam" }
Component "chat.{domain}" "muc"
