//! Archives behind a real HTTP server, which counts what is asked of it.
#![cfg(feature = "remote")]

mod common;

use common::{archive, noise};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use vatic::archive::{Archive, ArchiveLimits};
use vatic::{Key, Keys, Options};
use vatic_fs::Remote;

/// What the server was asked for.
#[derive(Default)]
struct Asked {
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// Serves `object` as `/a.vat` on a port of this machine, with ranges; the address.
fn serve(object: Vec<u8>) -> (String, Arc<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/a.vat", listener.local_addr().unwrap());
    let asked = Arc::new(Asked::default());
    let counts = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &object, &counts);
        }
    });
    (address, asked)
}

/// Answers one request, as HTTP/1.1 has it.
fn answer(stream: TcpStream, object: &[u8], asked: &Asked) {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request).unwrap();
    let mut range = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() <= 2 {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("range: bytes=") {
            let (from, to) = value.trim().split_once('-').unwrap();
            range = Some((from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap()));
        }
    }
    asked.requests.fetch_add(1, Ordering::Relaxed);
    let mut stream = reader.into_inner();
    let common = "Connection: close\r\nAccept-Ranges: bytes\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    if !request.contains(" /a.vat ") {
        let _ = write!(stream, "HTTP/1.1 404 Not Found\r\n{common}Content-Length: 0\r\n\r\n");
    } else if request.starts_with("HEAD") {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n{common}Content-Length: {}\r\n\r\n", object.len());
    } else {
        let (from, to) = range.unwrap_or((0, object.len() - 1));
        let body = &object[from..=to.min(object.len() - 1)];
        asked.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        let total = object.len();
        let _ = write!(
            stream,
            "HTTP/1.1 206 Partial Content\r\n{common}Content-Range: bytes {from}-{to}/{total}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(body);
    }
}

#[test]
fn one_entry_costs_its_groups_and_the_index() {
    for keys in [Keys::new(), Key::raw([7; 32]).into()] {
        let object = archive(Options::new().level(1).keys(keys.clone()));
        let len = object.len() as u64;
        let (url, asked) = serve(object);
        let mut archive = Archive::open_with(Remote::open(&url).unwrap(), &ArchiveLimits::default(), &keys).unwrap();
        assert_eq!(archive.entries().len(), 64);
        // The end, the index and what is fetched beside them, as requests are dear.
        let listed = asked.bytes.load(Ordering::Relaxed);
        assert!(listed < 400_000 && listed < len / 15, "{listed} of {len}");
        let index = archive.find(b"f31").unwrap();
        assert_eq!(archive.read(index).unwrap(), noise(100_000, 31));
        let read = asked.bytes.load(Ordering::Relaxed);
        assert!(read - listed < 500_000, "{read} of {len} after {listed}");
        let remote = archive.into_inner();
        assert_eq!(remote.fetched(), read);
        let requests = asked.requests.load(Ordering::Relaxed);
        assert!(requests < 40, "{requests}");
    }
}

#[test]
fn objects_in_folders_are_read_by_their_url() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.vat"), archive(Options::new().level(1))).unwrap();
    let url = format!("file://{}/a.vat", folder.path().display());
    let mut remote = Remote::open(&url).unwrap();
    let mut front = [0; 4];
    remote.read_exact(&mut front).unwrap();
    assert_eq!(&front, b"\xF6VAT");
    Archive::open(remote, &ArchiveLimits::default()).unwrap().verify(1).unwrap();
}

#[test]
fn what_is_not_there_is_said_to_be() {
    let (url, _) = serve(archive(Options::new().level(1)));
    for url in [url.replace("a.vat", "b.vat"), "http://127.0.0.1:1/a.vat".into(), "no url".into(), "x://y/z".into()] {
        let said = Remote::open(&url).unwrap_err().to_string();
        assert!(said.starts_with(&url), "{said}");
    }
}
