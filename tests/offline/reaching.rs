//! The ways to a server, and what is said where there is none.

use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::process::Output;
use std::thread;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio_native_tls::native_tls::{Identity, TlsAcceptor};

use crate::program::{assert_ends, run, text};

/// A script with one actor, whose password is a secret of this test.
const SCRIPT: &str = "tests/scripts/live/one_login.scs";
const SECRET: &str = "moonlit-balcony";

/// Runs scripts; whatever happens, the secret is not told.
fn scansion(arguments: &[&str]) -> Output {
    let output = run(arguments);
    assert!(!text(&output).contains(SECRET), "{}", text(&output));
    output
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

/// Five scripts with users at `localhost`, one of them with a raw connection, and one with a component.
#[test]
fn what_keeps_many_scripts_from_being_run_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let user = "[Client] A\n\tjid: a@localhost\n\tpassword: pw\n---\n";
    let shop = "## requires: domain shop.localhost\n[Component] Shop\n\tjid: shop.localhost\n\tsecret: pw\n---\n";
    for (name, text) in [
        ("a", format!("{user}A connects\n")),
        ("b", format!("{user}A connects\nA disconnects\n")),
        ("c", format!("{user}A opens a connection\n")),
        ("d", format!("{shop}Shop connects\n")),
        ("e", format!("{user}A connects\n")),
        ("f", format!("{user}A connects\n")),
    ] {
        fs::write(
            folder.path().join(name).with_extension("scs"),
            format!("# {name}\n{text}"),
        )
        .unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let path = folder.path().to_str().unwrap();
    let told = "connection refused";
    for more in [&["--accounts=existing"][..], &["--accounts=register"]] {
        let output = scansion(&[&["--server", &address, path], more].concat());
        let summary = "6 scripts: 0 passed, 5 could not be run, 1 not supported";
        assert_ends(
            &output,
            2,
            &[told, "  and 4 more that could not be run", summary],
        );
        // On its page and in the list.
        assert_eq!(text(&output).matches(told).count(), 2, "{}", text(&output));
    }
    let output = scansion(&["--server", &address, path, "-v"]);
    assert_ends(&output, 2, &["not tried, for the same reason as ", "a.scs"]);
    // The first two are tried, the third is not, which its page and the list say, and the fourth is.
    assert_eq!(text(&output).matches("not tried").count(), 2);
}

/// A server that nobody has tried to reach has let nobody in.
#[test]
fn a_script_that_ends_before_a_user_connects_says_nothing_of_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().port();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let actor = |name: &str, port: u16| {
        format!(
            "[Client] {name}\n\tjid: {name}@localhost\n\tpassword: pw\n\tconnect_host: 127.0.0.1\n\tconnect_port: {port}\n"
        )
    };
    let (a, b) = (actor("A", silent), actor("B", port));
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let fails = "A opens a connection\nA receives within 10 ms:\n\t<message/>\n";
    write("0.scs", format!("# Fails\n{a}{b}---\n{fails}B connects\n"));
    for number in 1..5 {
        write(
            &format!("{number}.scs"),
            format!("# Waits\n{b}---\nB connects\n"),
        );
    }
    let output = scansion(&[folder.path().to_str().unwrap(), "-v"]);
    assert_ends(
        &output,
        2,
        &[
            "not tried, for the same reason as ",
            "1 failed, 4 could not",
        ],
    );
}
