//! How much is taken from a server.

use bytesize::ByteSize;
use clap::Args;

use super::number;
use crate::xmpp::Limits;

/// How much is taken from a server.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits to what a server sends")]
pub(super) struct LimitArgs {
    /// The largest stanza: bytes, or a number with a unit as in 64KiB; 1GiB at most
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_stanza_size)]
    pub(super) max_stanza_size: usize,
    /// How deep the elements of a stanza may be nested, 1000 levels at most
    #[arg(long, value_name = "N", default_value = "256", value_parser = parse_depth)]
    pub(super) max_depth: usize,
    /// How much may come over one connection altogether; each element counts 256 bytes more than its text
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_size)]
    pub(super) max_stream_size: usize,
}

impl LimitArgs {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            depth: self.max_depth,
            bytes: self.max_stanza_size,
            stream: self.max_stream_size,
        }
    }
}

fn parse_size(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().map(|size: ByteSize| size.as_u64());
    let size = size.ok_or("give bytes, or a number with a unit: 65536, 64KiB, 16MiB")?;
    match usize::try_from(size) {
        Ok(0) => Err("the size must be more than nothing".to_owned()),
        Ok(bytes) => Ok(bytes),
        Err(_) => Err("no memory holds so much".to_owned()),
    }
}

fn parse_stanza_size(text: &str) -> Result<usize, String> {
    match parse_size(text)? {
        bytes if bytes > Limits::MAX_BYTES => Err("the size must be 1GiB at most".to_owned()),
        bytes => Ok(bytes),
    }
}

fn parse_depth(text: &str) -> Result<usize, String> {
    number::within(text, 1..=Limits::MAX_DEPTH)
}
