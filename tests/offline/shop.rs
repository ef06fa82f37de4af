//! A server for components (XEP-0114) that greets them in one of several ways, and scripts that want to be greeted.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

/// How often each domain has connected.
type Visits = Arc<Mutex<BTreeMap<String, usize>>>;

/// Starts a server, and gives its address. It greets `good.localhost`, is rude to `bad.localhost`, greets
/// `moody.localhost` from its third connection on, and says nothing to a domain that begins with `silent`.
pub fn server() -> String {
    let visits = Visits::default();
    server_that_says(move |domain| {
        let visit = {
            let mut visits = visits.lock().unwrap();
            let visit = visits.entry(domain.to_owned()).or_default();
            *visit += 1;
            *visit
        };
        let words = match domain {
            "good.localhost" => "Good morrow",
            "moody.localhost" if visit > 2 => "Good morrow",
            _ if domain.starts_with("silent") => return "<handshake/>".to_owned(),
            _ => "Begone",
        };
        format!(
            "<handshake/><message from='romeo@localhost' to='{domain}'><body>{words}</body></message>"
        )
    })
}

/// Starts a server that says this after the handshake of a component, whose domain it is given, and then only answers
/// requests until the component ends its stream. Gives its address.
pub fn server_that_says(words: impl Fn(&str) -> String + Send + Sync + 'static) -> String {
    serve_all(words, result)
}

/// The same, which answers nothing.
pub fn deaf_server_that_says(words: impl Fn(&str) -> String + Send + Sync + 'static) -> String {
    serve_all(words, |_| Some(String::new()))
}

/// Starts a server that says this, and answers requests with these start tags so.
fn serve_all(
    words: impl Fn(&str) -> String + Send + Sync + 'static,
    answer: fn(&str) -> Option<String>,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let words = Arc::new(words);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let words = words.clone();
            thread::spawn(move || serve(stream.unwrap(), &*words, answer));
        }
    });
    address
}

fn serve(
    mut stream: TcpStream,
    words: &dyn Fn(&str) -> String,
    answer: fn(&str) -> Option<String>,
) -> Option<()> {
    let header = read_until(&mut stream, "streams'>")?;
    let domain = header.split("to='").nth(1)?.split('\'').next()?.to_owned();
    let header = format!(
        "<stream:stream xmlns='jabber:component:accept' \
         xmlns:stream='http://etherx.jabber.org/streams' id='1' from='{domain}'>"
    );
    stream.write_all(header.as_bytes()).ok()?;
    read_until(&mut stream, "</handshake>")?;
    stream.write_all(words(&domain).as_bytes()).ok()?;
    loop {
        let heard = read_until(&mut stream, ">")?;
        let answer = match heard.as_str() {
            "</stream:stream>" => return stream.write_all(heard.as_bytes()).ok(),
            iq if iq.starts_with("<iq ") => answer(iq)?,
            _ => continue,
        };
        stream.write_all(answer.as_bytes()).ok()?;
    }
}

/// The result of a request with this start tag.
fn result(iq: &str) -> Option<String> {
    let value = |name: &str| iq.split(&format!(" {name}='")).nth(1)?.split('\'').next();
    let (id, to, from) = (value("id")?, value("from")?, value("to")?);
    Some(format!(
        "<iq type='result' id='{id}' from='{from}' to='{to}'/>"
    ))
}

/// Reads until something has come; none where the connection ends before.
fn read_until(stream: &mut TcpStream, end: &str) -> Option<String> {
    let mut received = Vec::new();
    while !received.ends_with(end.as_bytes()) {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        received.extend(byte);
    }
    String::from_utf8(received).ok()
}

/// A script in which a shop of this domain wants to be greeted. A wrong greeting is a failure at once.
pub fn script(title: &str, actor: &str, domain: &str) -> String {
    format!(
        "# {title}\n## strict\n\n[Component] {actor}\n\tjid: {domain}.localhost\n\tsecret: open-sesame\n\n---\n\n\
         {actor} connects\n\n{actor} receives:\n\t<message>\n\t\t<body>Good morrow</body>\n\t</message>\n"
    )
}

/// Writes such a script for each domain into a folder, `DOMAIN.scs`.
pub fn write_scripts(folder: &Path, domains: &[&str]) {
    for domain in domains {
        let text = script(&format!("A {domain} day"), "Shop", domain);
        fs::write(folder.join(format!("{domain}.scs")), text).unwrap();
    }
}
