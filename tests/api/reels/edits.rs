//! Changes of reels by hand.

use serde_json::json;

use super::{asset, edit, make, order, stretch, world};
use crate::server::Server;

#[test]
fn edits_are_kept_and_two_editors_never_overwrite_each_other() {
    let world = world();
    let server = Server::start(&world);
    let first = make(&server, "Cut");
    assert_eq!(order(&first), [1, 2, 3]);
    let moved = edit(
        &server,
        &first,
        json!({ "action": "move", "pick": 3, "to": 1 }),
    );
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_ne!(moved.header("etag"), first["etag"].as_str());
    let moved = moved.json();
    assert_eq!(order(&moved), [3, 1, 2]);
    // The other editor still sees the first state.
    let late = edit(&server, &first, json!({ "action": "drop", "pick": 1 }));
    assert_eq!(late.problem(412), "reel_changed");
    assert_eq!(order(&server.get("/reels/Cut").json()), [3, 1, 2]);

    // Nor is one heard that does not say what it saw.
    let blind = json!({ "action": "drop", "pick": 1 });
    let blind = server.post_json("/reels/Cut/edits", &blind);
    assert_eq!(blind.problem(428), "version_missing");
    assert!(blind.json()["hint"].as_str().unwrap().contains("If-Match"));
    assert_eq!(server.get("/reels/Cut").json()["etag"], moved["etag"]);

    let pick = &moved["picks"][1];
    let begin = pick["in_frame"].as_i64().unwrap() + 10;
    let trimmed = edit(
        &server,
        &moved,
        json!({ "action": "trim", "pick": 1, "in_frame": begin, "out_frame": null }),
    )
    .json();
    assert_eq!(trimmed["picks"][1]["in_frame"], begin);
    assert_eq!(
        trimmed["duration_frames"].as_i64().unwrap(),
        moved["duration_frames"].as_i64().unwrap() - 10
    );
    let undone = edit(&server, &trimmed, json!({ "action": "undo" })).json();
    assert_eq!(undone["picks"], moved["picks"]);
    assert!(undone["can_undo"] == true && undone["can_redo"] == true);
    let redone = edit(&server, &undone, json!({ "action": "redo" })).json();
    assert_eq!(redone["picks"], trimmed["picks"]);
    let renamed = edit(
        &server,
        &redone,
        json!({ "action": "rename", "pick": null, "name": "Größte" }),
    )
    .json();
    assert_eq!(renamed["title"], "Größte");
    let added = edit(
        &server,
        &renamed,
        json!({ "action": "add", "stretches": [stretch(&asset(&server, "bars.mp4"), 6000, 9000)] }),
    );
    assert_eq!(added.status, 200, "{}", added.text());
    let added = added.json();
    assert_eq!(order(&added), [3, 1, 2, 4]);
    let locked = edit(
        &server,
        &added,
        json!({ "action": "lock", "pick": 4, "is_locked": true }),
    )
    .json();
    assert_eq!(locked["picks"][3]["is_locked"], true);

    // What can't be is told in words, and changes nothing.
    for (wrong, status, code) in [
        (json!({ "action": "drop", "pick": 99 }), 422, "reel_edit"),
        (
            json!({ "action": "move", "pick": 1, "to": 9 }),
            422,
            "reel_edit",
        ),
        (
            json!({ "action": "trim", "pick": 1, "in_frame": -4 }),
            422,
            "reel_edit",
        ),
        (
            json!({ "action": "trim", "pick": 1, "out_frame": 90_000 }),
            422,
            "reel_edit",
        ),
        (
            json!({ "action": "rename", "name": "\u{0}" }),
            422,
            "reel_edit",
        ),
        (json!({ "action": "redo" }), 422, "reel_edit"),
        (
            json!({ "action": "add", "stretches": [stretch(&"0".repeat(64), 0, 1000)] }),
            422,
            "",
        ),
        (json!({ "action": "explode" }), 400, "bad_request"),
        (json!({ "pick": 1 }), 400, "bad_request"),
    ] {
        let refused = edit(&server, &locked, wrong.clone());
        let told = refused.problem(status);
        assert!(code.is_empty() || told == code, "{wrong}: {told}");
    }
    assert_eq!(server.get("/reels/Cut").json()["etag"], locked["etag"]);
    let stale = ["If-Match: \"0\""];
    let kept = server.send("DELETE", "/reels/Cut", &stale, b"");
    assert_eq!(kept.problem(412), "reel_changed");
    // They outlive the server.
    assert_eq!(server.interrupt(), Some(0));
    let server = Server::start(&world);
    let history = server.get("/reels/Cut").json()["history"].clone();
    assert!(history.as_array().unwrap().len() >= 5, "{history}");
}
