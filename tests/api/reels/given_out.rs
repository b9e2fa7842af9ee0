//! Reels that are handed over, and films of them.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{edit, make, world};
use crate::server::Server;

#[test]
fn a_reel_is_handed_over_under_any_title() {
    let world = world();
    let server = Server::start(&world);
    let made = make(&server, "Plain");
    let title = "\"Größte\" / Finale; 50 %\\";
    let renamed = edit(&server, &made, json!({ "action": "rename", "name": title }));
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    for format in [
        "otio", "edl", "fcpxml", "xmeml", "ale", "markers", "vtt", "srt", "csv", "html",
    ] {
        let reply = server.get(&format!("/reels/Plain/export/{format}"));
        assert_eq!(reply.status, 200, "{format}: {}", reply.text());
        let saved = reply.header("content-disposition").unwrap();
        assert!(saved.starts_with("attachment; filename=\""), "{saved}");
        assert!(
            saved.is_ascii() && saved.contains("filename*=UTF-8''"),
            "{saved}"
        );
        assert!(
            !saved.contains('\\') && saved.matches('"').count() == 2,
            "{saved}"
        );
        assert!(!reply.body.is_empty());
    }
    let timeline = server.get("/reels/Plain/export/otio").json();
    assert_eq!(timeline["name"], title);
    let edl = server
        .get("/reels/Plain/export/edl?reel_names=eight&dialect=avid")
        .text();
    assert!(
        edl.contains("001") && edl.contains("FROM CLIP NAME"),
        "{edl}"
    );
    assert_eq!(
        server.get("/reels/Plain/export/docx").problem(404),
        "not_found"
    );
    assert_eq!(
        server.get("/reels/none/export/otio").problem(404),
        "no_reel"
    );
    server
        .get("/reels/Plain/export/edl?dialect=lightworks")
        .problem(400);
}

#[test]
fn a_reel_is_rendered_as_a_job_and_played_by_range() {
    let world = world();
    let server = Server::start(&world);
    make(&server, "Film");
    let settings = json!({ "preset": "ultrafast" });
    let reply = server.post_json("/reels/Film/renders", &settings);
    assert_eq!(reply.status, 202, "{}", reply.text());
    let job = reply.json();
    assert_eq!(
        (&job["kind"], &job["render"]["reel"]),
        (&json!("render"), &json!("Film"))
    );
    let id = &job["job_id"];
    let film = format!("/reels/Film/renders/{id}/file");
    let started = Instant::now();
    let done = loop {
        let job = server.get(&format!("/jobs/{id}")).json();
        if job["state"] != "queued" && job["state"] != "running" {
            break job;
        }
        assert!(started.elapsed() < Duration::from_secs(240), "{job}");
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(
        (&done["state"], &done["render"]["share"]),
        (&json!("done"), &json!(1.0)),
        "{done}"
    );
    assert_eq!(done["render"]["file"], film);
    let part = server.send("GET", &film, &["Range: bytes=4-11"], b"");
    assert_eq!((part.status, &part.body[..4]), (206, &b"ftyp"[..]));
    assert!(
        part.header("content-disposition")
            .unwrap()
            .contains("Film.mp4")
    );
    assert!(server.get("/jobs").text().contains("\"render\""));
    // The film belongs to its reel, and is there under no other.
    make(&server, "Other");
    server
        .get(&format!("/reels/Other/renders/{id}/file"))
        .problem(404);
    server.get("/reels/Film/renders/99/file").problem(404);
    server.get("/reels/Film/renders/x/file").problem(404);
    server
        .post_json("/reels/Film/renders", &json!({ "codec": "betamax" }))
        .problem(400);
    assert_eq!(
        server
            .post_json("/reels/none/renders", &json!({}))
            .problem(404),
        "no_reel"
    );
}
