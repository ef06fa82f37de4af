//! A proxy between the program and a server, that hands each connection to a test.

use std::net::{TcpListener, TcpStream};
use std::thread;

/// The side whose bytes are meddled with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Side {
    /// Those of the program.
    Client,
    /// Those of the server.
    Server,
}

/// Waits for clients at a port, which it tells, and connects each to the server at another one: what passes between
/// them is for the test that takes both connections.
pub fn proxy(server: u16, mut passage: impl FnMut(TcpStream, TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It ends with the test's process.
    thread::spawn(move || {
        for client in listener.incoming() {
            let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            passage(client.unwrap(), server);
        }
    });
    port
}
