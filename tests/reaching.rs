//! The ways to a server: TLS and mechanisms on real servers, and what is said where there is no way.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Output;
use std::thread;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio_native_tls::native_tls::{Identity, TlsAcceptor};

use program::{assert_ends, run, text};

/// A script with one actor, whose password is a secret of this test.
const SCRIPT: &str = "tests/scripts/live/one_login.scs";
const SECRET: &str = "moonlit-balcony";

/// Runs scripts; whatever happens, the secret is not told.
fn scansion(arguments: &[&str]) -> Output {
    let output = run(arguments);
    assert!(!text(&output).contains(SECRET), "{}", text(&output));
    output
}

// ---- Real servers -------------------------------------------------------------------------------------------

#[test]
fn all_own_scripts_pass_with_and_without_tls() {
    for tls in ["none", "starttls", "direct"] {
        let output = scansion(&["--launch=prosody", "--tls", tls, "-v", "spec", "examples"]);
        assert_ends(&output, 0, &["33 scripts: 33 passed"]);
        let (clear, starttls) = match tls {
            "none" => (false, false),
            "starttls" => (false, true),
            _ => (false, false),
        };
        let text = text(&output);
        assert_eq!(text.contains("<proceed"), starttls, "{tls}");
        // SCRAM is used throughout, so that no password goes out in clear even without TLS.
        assert_eq!(text.contains("in clear"), clear, "{tls}");
    }
}

#[test]
fn all_own_scripts_pass_with_each_mechanism() {
    for mechanism in ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
        let arguments = [
            "--launch=prosody",
            "--mechanism",
            mechanism,
            "-v",
            "spec",
            "examples",
        ];
        let output = scansion(&arguments);
        assert_ends(&output, 0, &["33 scripts: 33 passed"]);
        let text = text(&output);
        let by = |mechanism: &str| text.matches(&format!("mechanism='{mechanism}'>")).count();
        let all = text.matches("-> <auth ").count();
        assert!(by(mechanism) > 50, "{mechanism}");
        // One script says itself how its two actors log in, and so does the look at what the server has before it.
        let themselves = if mechanism == "SCRAM-SHA-1" { 0 } else { 3 };
        assert_eq!(by(mechanism) + by("ANONYMOUS") + themselves, all);
        assert!(by("SCRAM-SHA-1") >= themselves);
    }
}

#[test]
fn the_best_mechanism_is_used() {
    let output = scansion(&["--launch=ejabberd", "-v", SCRIPT]);
    assert_ends(&output, 0, &["mechanism='SCRAM-SHA-512'"]);
    let output = scansion(&["--launch=prosody", "-v", SCRIPT]);
    assert_ends(&output, 0, &["mechanism='SCRAM-SHA-256'"]);
}

#[test]
fn what_an_actor_says_of_itself_wins() {
    let script = "tests/scripts/live/three_ways_in.scs";
    let output = scansion(&[
        "--launch=prosody",
        "--tls=none",
        "--mechanism=PLAIN",
        "-v",
        script,
    ]);
    assert_ends(&output, 0, &["1 passed"]);
    let text = text(&output);
    let count = |what: &str| text.matches(what).count();
    // One of three by STARTTLS, one with TLS from the first byte, one in clear.
    assert_eq!(count("<- <proceed"), 1, "{text}");
    assert_eq!(count("mechanism='SCRAM-SHA-1'"), 1, "{text}");
    assert_eq!(count("mechanism='PLAIN'"), 2, "{text}");
}

// ---- Where there is no way ----------------------------------------------------------------------------------

#[test]
fn a_mechanism_that_is_not_offered_is_named() {
    let output = scansion(&["--launch=prosody", "--mechanism=scram-sha-512", SCRIPT]);
    let words = ["does not offer SCRAM-SHA-512", "SCRAM-SHA-1", "--mechanism"];
    assert_ends(&output, 2, &words);
    let unknown = scansion(&["--launch=prosody", "--mechanism=KERBEROS", SCRIPT]);
    assert_ends(&unknown, 2, &["KERBEROS", "SCRAM-SHA-256"]);
}

#[test]
fn a_binding_that_the_server_does_not_know_is_told_and_is_not_used_unasked() {
    // This server offers the -PLUS mechanisms, for `tls-unique` only, and announces nothing.
    let output = scansion(&["--launch=ejabberd", "--tls=starttls", "-v", SCRIPT]);
    let words = [
        ">SCRAM-SHA-512-PLUS<",
        "mechanism='SCRAM-SHA-512'",
        "1 passed",
    ];
    assert_ends(&output, 0, &words);
    let pinned = ["--launch=ejabberd", "--mechanism=scram-sha-256-plus"];
    let output = scansion(&[&pinned[..], &["--tls=starttls", SCRIPT]].concat());
    let words = [
        "not-authorized",
        "tls-server-end-point",
        "try SCRAM-SHA-256 as",
    ];
    assert_ends(&output, 2, &words);
    let output = scansion(&[&pinned[..], &["--tls=none", SCRIPT]].concat());
    assert_ends(&output, 2, &["there is no TLS", "--tls starttls"]);
}

#[test]
fn tls_that_is_required_is_asked_for() {
    let script = "tests/scripts/live/one_login.scs";
    let output = scansion(&["--launch=prosody", "--tls=sometimes", script]);
    assert_ends(&output, 2, &["sometimes", "starttls"]);
    let no_tls = "--launch-config=tests/launch/prosody.cfg.lua";
    let output = scansion(&["--launch=prosody", no_tls, "--tls=starttls", script]);
    assert_ends(&output, 2, &["does not offer STARTTLS", "--tls auto"]);
}

/// A listener that does this with each connection.
fn server(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    address
}

/// Logs in at a server whose certificate has this name and is good until then, and is known to us.
fn login_with_certificate(name: &str, last_year: i32) -> Output {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(last_year, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let identity = Identity::from_pkcs8(certificate.as_bytes(), key.serialize_pem().as_bytes());
    let acceptor = TlsAcceptor::new(identity.unwrap()).unwrap();
    let address = server(move |stream| {
        if let Ok(mut stream) = acceptor.accept(stream) {
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, certificate).unwrap();
    let server = address.to_string();
    let ca = ca.to_str().unwrap();
    scansion(&[
        "--tls=direct",
        "--timeout=2s",
        "--server",
        &server,
        "--ca",
        ca,
        SCRIPT,
    ])
}

#[test]
fn a_certificate_that_has_expired_is_told() {
    let output = login_with_certificate("localhost", 2021);
    assert_ends(&output, 2, &["during direct TLS", "expired", "--insecure"]);
}

#[test]
fn a_certificate_of_another_name_is_told() {
    let output = login_with_certificate("elsewhere.example", 2049);
    assert_ends(
        &output,
        2,
        &["during direct TLS", "ostname mismatch", "--insecure"],
    );
}

#[test]
fn a_certificate_that_is_right_is_not_to_blame() {
    // The server then says nothing, which is another matter.
    let output = login_with_certificate("localhost", 2049);
    assert_ends(&output, 2, &["the stream header", "no answer within"]);
}

#[test]
fn a_port_that_accepts_and_says_nothing_is_not_waited_for_long() {
    let address = server(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let server = address.to_string();
    let output = scansion(&["--timeout=300ms", "--server", &server, SCRIPT]);
    let words = [
        "failed during the stream header",
        "no answer within 0.3 s",
        "--timeout",
    ];
    assert_ends(&output, 2, &words);
}

#[test]
fn a_port_where_nobody_listens_is_told_from_a_name_that_is_not_there() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let output = scansion(&["--server", &free.to_string(), SCRIPT]);
    assert_ends(
        &output,
        2,
        &["connection refused", "is the server running?"],
    );
    let output = scansion(&["--server", "no-such-host.invalid", "--timeout=2s", SCRIPT]);
    assert_ends(&output, 2, &["no-such-host.invalid:5222", "--server"]);
    let text = text(&output);
    assert!(
        text.contains("no address found") || text.contains("the DNS gives no answer"),
        "{text}"
    );
}

#[test]
fn a_certificate_of_an_actor_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("external.scs");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT)).unwrap();
    let lines = "\tcertificate: romeo.crt\n\tkey: romeo.key\n\n-----";
    fs::write(&script, text.replacen("\n-----", lines, 1)).unwrap();
    let output = scansion(&["--launch=prosody", script.to_str().unwrap()]);
    assert_ends(&output, 2, &["romeo.crt", "PEM files"]);
}
