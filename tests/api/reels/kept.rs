//! Reels that are made, listed, looked at and taken away, under names that lead nowhere else.

use serde_json::json;

use super::{asset, make, stretch, world};
use crate::server::Server;

#[test]
fn a_reel_is_made_listed_looked_at_and_taken_away() {
    let world = world();
    let server = Server::start(&world);
    assert_eq!(server.get("/reels").json(), json!({ "reels": [] }));
    let made = make(&server, "Harbour");
    assert_eq!(made["name"], "Harbour");
    let listed = server.get("/reels").json();
    let one = &listed["reels"][0];
    assert_eq!(
        (&one["name"], &one["picks"]),
        (&json!("Harbour"), &json!(3))
    );
    assert_eq!(one["duration_millis"], made["duration_millis"]);
    assert!(
        one["changed"].is_string() && one["problem"].is_null(),
        "{one}"
    );

    let reel = server.get("/reels/Harbour").json();
    assert_eq!(reel, made);
    let mut next_frame = 0;
    for pick in reel["picks"].as_array().unwrap() {
        assert_eq!(pick["record_start_frame"], next_frame, "{pick}");
        next_frame = pick["record_end_frame"].as_i64().unwrap();
        assert_eq!(pick["media"], "here");
        let picture = server.get(pick["thumbnail"].as_str().unwrap());
        assert_eq!(picture.header("content-type"), Some("image/jpeg"));
    }
    assert_eq!(reel["duration_frames"], next_frame);
    let manifest = server.get("/reels/Harbour/manifest.json").json();
    assert_eq!(manifest["revisions"].as_array().unwrap().len(), 1);
    // The same name again is another's; the same title gets a name of its own.
    let body =
        json!({ "name": "Harbour", "given": [stretch(&asset(&server, "bars.mp4"), 0, 3000)] });
    assert_eq!(
        server.post_json("/reels", &body).problem(409),
        "reel_exists"
    );
    assert_eq!(make(&server, "Harbour")["name"], "Harbour 2");

    // A source that is away is told, and hides nothing else.
    std::fs::rename(
        world.archive().join("bars.mp4"),
        world.library().join("away.mp4"),
    )
    .unwrap();
    let reel = server.get("/reels/Harbour").json();
    assert_eq!(reel["picks"][1]["media"], "missing");
    assert_eq!(reel["picks"][0]["media"], "here");
    let refused = server.send(
        "POST",
        "/reels/Harbour/renders",
        &["Content-Type: application/json"],
        b"{}",
    );
    assert_eq!(refused.problem(409), "reel_source");
    assert!(!refused.text().contains(world.archive().to_str().unwrap()));

    let seen = format!("If-Match: {}", one["etag"].as_str().unwrap());
    let remove = |headers: &[&str]| server.send("DELETE", "/reels/Harbour", headers, b"");
    assert_eq!(remove(&[]).problem(428), "version_missing");
    assert_eq!(remove(&[&seen]).status, 204);
    assert_eq!(remove(&[&seen]).problem(404), "no_reel");
    assert_eq!(server.get("/reels/Harbour").problem(404), "no_reel");
}

#[test]
fn names_that_lead_away_lead_nowhere() {
    let world = world();
    let server = Server::start(&world);
    let outside = world.library().join("secret.reel.json");
    make(&server, "Inside");
    let reels = world.library().join("reels");
    std::fs::copy(reels.join("Inside.reel.json"), &outside).unwrap();
    for name in [
        "..%2fsecret",
        "%2e%2e%2fsecret",
        "..",
        "%2e%2e",
        "%2fetc%2fpasswd",
        "secret%00",
        ".secret",
        "a%5cb",
        "%ff",
    ] {
        for path in ["", "/manifest.json", "/export/otio", "/renders/1/file"] {
            let reply = server.get(&format!("/reels/{name}{path}"));
            assert!(
                (400..500).contains(&reply.status),
                "{name}{path}: {}",
                reply.status
            );
            assert!(!reply.text().contains("revisions"), "{name}{path}");
        }
        let removed = server.send("DELETE", &format!("/reels/{name}"), &[], b"");
        assert!((400..500).contains(&removed.status), "{name}");
    }
    assert!(outside.exists());
    // A file that is no reel is told as one, and can be taken away.
    std::fs::write(reels.join("broken.reel.json"), "{ \"title\": 1 }").unwrap();
    let refused = server.get("/reels/broken");
    assert_eq!(refused.problem(409), "not_a_reel");
    assert!(!refused.text().contains(world.library().to_str().unwrap()));
    let listed = server.get("/reels").json();
    assert!(listed["reels"][1]["problem"].is_string(), "{listed}");
    let removed = server.send("DELETE", "/reels/broken", &[], b"");
    assert_eq!(removed.status, 204, "{}", removed.text());
}
