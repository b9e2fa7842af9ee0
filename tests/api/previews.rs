//! Clips while they are being made.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{program::World, server::Server};

/// The decode workers of a server: the processes that it started.
fn workers(server: &Server) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse::<i32>().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name in parentheses may hold spaces; state and parent come after it.
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?;
            (parent.parse() == Ok(server.process_id())).then(|| Pid::from_raw(id))?
        })
        .collect()
}

#[test]
fn who_asks_for_a_part_that_takes_long_is_told_when_to_ask_again() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let asset = server.first_asset();
    let picture = server.get(&format!("/assets/{asset}/frames/0.jpg"));
    assert_eq!(picture.status, 200, "{}", picture.text());
    let workers = workers(&server);
    assert!(!workers.is_empty());
    let signal = |signal: Signal| {
        for worker in &workers {
            kill_process(*worker, signal).unwrap();
        }
    };
    // A worker that stands still: the slowest there is.
    signal(Signal::STOP);
    let clip = format!("/moments/{asset}/0-1000.mp4");
    let part = || server.send("GET", &clip, &["Range: bytes=4-11"], b"");
    let refused = part();
    assert_eq!(refused.problem(503), "preview_in_the_making");
    assert_eq!(refused.header("retry-after"), Some("2"));
    signal(Signal::CONT);
    let started = Instant::now();
    let answered = loop {
        let reply = part();
        if reply.status == 206 {
            break reply;
        }
        assert_eq!(reply.problem(503), "preview_in_the_making");
        assert!(started.elapsed() < Duration::from_secs(120));
    };
    assert_eq!(&answered.body[..4], b"ftyp");
}
