//! The command on Unix: modes, signals, devices, pipes, links.
#![cfg(unix)]

mod common;

use common::{Place, stderr, text};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

#[test]
fn mode_and_time_come_along() {
    let place = Place::new();
    let path = place.write("a", &text(2000));
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890);
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    place.ok(&["--rm", "a"]);
    place.ok(&["-d", "a.vat"]);
    for name in ["a", "a.vat"] {
        let metadata = place.path(name).metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o640, "{name}");
        assert_eq!(metadata.modified().unwrap(), time, "{name}");
    }
}

#[test]
fn interruption_leaves_nothing_behind() {
    for (signal, number) in [("INT", 2), ("TERM", 15)] {
        let place = Place::new();
        place.write("out.vat", b"precious");
        let mut child = place.command(&["-f", "-o", "out.vat"]).stdin(Stdio::piped()).spawn().unwrap();
        // Kept open: the command waits for more.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&text(100_000)).unwrap();
        wait_for(|| place.names().len() == 2);
        let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(number), "{status:?}");
        assert_eq!(place.names(), ["out.vat"]);
        assert_eq!(place.read("out.vat"), b"precious");
    }
}

fn wait_for(condition: impl Fn() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("waited ten seconds in vain");
}

#[test]
fn devices_are_written_in_place() {
    let place = Place::new();
    place.write("a", &text(2000));
    place.ok(&["a", "-o", "/dev/null"]);
    assert!(!Path::new("/dev/null").is_file());
}

#[test]
fn a_full_disk_is_an_error() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let place = Place::new();
    place.write("a", &text(2000));
    let said = place.fails(1, &["a", "-o", "/dev/full"]);
    assert!(said.contains("No space left"), "{said}");
}

#[test]
fn a_reader_that_leaves_is_no_scandal() {
    let place = Place::new();
    place.write("a", &text(3_000_000));
    place.ok(&["-p", "fast", "a"]);
    let mut child = place.command(&["-dc", "a.vat"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn links_are_not_followed_in_folders() {
    let place = Place::new();
    place.write("outside", &text(100));
    fs::create_dir(place.path("d")).unwrap();
    std::os::unix::fs::symlink(place.path("outside"), place.path("d/link")).unwrap();
    place.ok(&["-r", "d"]);
    assert!(!place.path("d/link.vat").exists());
}
