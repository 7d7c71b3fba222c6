//! Archives in S3, read from a server of its protocol on this machine: `moto_server` (PyPI's `moto[server]`), at the path in `VATIC_S3_SERVER` or
//! wherever the system finds it. What the client sends and gets goes through a relay that counts it.
#![cfg(feature = "remote")]

mod common;

use common::{archive, noise};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vatic::archive::{Archive, ArchiveLimits};
use vatic::{CodecId, Key, Keys, Options};
use vatic_fs::Remote;

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// `None` where there is no such program.
    fn start() -> Option<Server> {
        let named = std::env::var_os("VATIC_S3_SERVER");
        let is_named = named.is_some();
        let program = named.unwrap_or("moto_server".into());
        // Free a moment ago; if somebody else takes it meanwhile, the server ends and the test says so.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        assert!(child.is_ok() || !is_named, "{child:?}");
        let mut server = Server { child: child.ok()?, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if server.child.try_wait().unwrap().is_some() {
                assert!(!is_named, "the server ended");
                return None;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "the server does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(server)
    }

    /// Puts something there; the server takes requests that nobody signed, too.
    fn put(&self, path: &str, body: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!("PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", self.port);
        write!(stream, "{head}Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n", body.len())
            .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{path}: {answer}");
    }

    /// A port that leads to the server, and how many bytes came back from it.
    fn relay(&self) -> (u16, Arc<AtomicU64>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, server) = (listener.local_addr().unwrap().port(), self.port);
        let count = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(target) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (from, to) = (client.try_clone().unwrap(), target.try_clone().unwrap());
                std::thread::spawn(move || pass(from, to, None));
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || pass(target, client, Some(&counted)));
            }
        });
        (port, count)
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: Option<&AtomicU64>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        if let Some(count) = count {
            count.fetch_add(len as u64, Ordering::Relaxed);
        }
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Bytes that do not compress.
#[test]
fn one_entry_out_of_a_bucket_costs_its_groups_and_the_index() {
    let Some(server) = Server::start() else {
        println!("skipped: there is no moto_server (pip install 'moto[server]', VATIC_S3_SERVER)");
        return;
    };
    server.put("/bucket", b"");
    for (name, keys) in [("plain", Keys::new()), ("sealed", Key::raw([7; 32]).into())] {
        let object = archive(Options::new().codec(CodecId::Store).keys(keys.clone()));
        let len = object.len() as u64;
        server.put(&format!("/bucket/some/{name}.vat"), &object);
        let (port, answered) = server.relay();
        let endpoint = format!("http://127.0.0.1:{port}");
        let settings = [
            ("AWS_ACCESS_KEY_ID", "some"),
            ("AWS_SECRET_ACCESS_KEY", "thing"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ENDPOINT", &endpoint),
        ];
        let settings = || settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let url = format!("s3://bucket/some/{name}.vat");
        let remote = Remote::open_with(&url, settings()).unwrap();
        let mut archive = Archive::open_with(remote, &ArchiveLimits::default(), &keys).unwrap();
        assert_eq!(archive.entries().len(), 64);
        let listed = answered.load(Ordering::Relaxed);
        assert!(listed < 400_000 && listed < len / 15, "{listed} of {len}");
        let index = archive.find(b"f31").unwrap();
        assert_eq!(archive.read(index).unwrap(), noise(100_000, 31));
        let read = answered.load(Ordering::Relaxed);
        assert!(read - listed < 500_000, "{read} of {len} after {listed}");
        let fetched = archive.into_inner().fetched();
        assert!(fetched <= read && read < fetched + 60_000, "{fetched} and heads: {read}");
        println!("{name}: {listed} bytes to list {len}, {read} with one file of 100,000");
        let missing = Remote::open_with("s3://bucket/nothing.vat", settings()).unwrap_err().to_string();
        assert!(missing.starts_with("s3://bucket/nothing.vat"), "{missing}");
    }
}
