//! Reels that are compiled, and what they are compiled by.

use serde_json::{Value, json};

use super::{asset, order, world};
use crate::server::Server;

#[test]
fn a_wish_is_compiled_brought_up_to_date_and_its_picks_replaced() {
    let world = world();
    let server = Server::start(&world);
    let body = json!({ "query": "gulls OR ferry", "length_millis": 8000 });
    let reply = server.post_json("/reels", &body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.header("location"), Some("/reels/gulls%20OR%20ferry"));
    let reel = reply.json();
    assert!(reel["duration_millis"].as_i64().unwrap() <= 8000, "{reel}");
    let reason = &reel["picks"][0]["reason"];
    assert!(!reason["text"].as_str().unwrap().is_empty(), "{reason}");
    assert!(reason["query"].is_string());
    let update = "/reels/gulls%20OR%20ferry/update";
    let blind = server.send("POST", update, &[], b"");
    assert_eq!(blind.problem(428), "version_missing");
    let seen = format!("If-Match: {}", reel["etag"].as_str().unwrap());
    let same = server.send("POST", update, &[&seen], b"");
    assert_eq!(same.status, 200, "{}", same.text());
    let same = same.json();
    assert_eq!(same["changes"]["added"], json!([]), "{same}");
    assert_eq!(same["reel"]["etag"], reel["etag"]);
    let replace = |pick: &Value| {
        let path = format!("/reels/gulls%20OR%20ferry/picks/{pick}/replace");
        server.send("POST", &path, &["If-Match: *"], b"")
    };
    let id = &reel["picks"][0]["id"];
    let replaced = replace(id);
    // Either there is another moment, or it is said that there is none.
    if replaced.status == 200 {
        assert!(!order(&replaced.json()).contains(&id.as_u64().unwrap()));
    } else {
        assert_eq!(replaced.problem(422), "no_material");
    }
    assert_eq!(replace(&json!(99)).problem(404), "not_found");
    for (wish, status, code) in [
        (json!({ "query": "zzqxvw" }), 422, "no_material"),
        (json!({ "query": "said:(" }), 400, "query_unreadable"),
        (json!({ "query": "like:/etc/passwd" }), 400, "bad_request"),
        (json!({ "length_millis": 0 }), 422, "reel_wish"),
        (
            json!({ "query": "a", "sections": [{ "name": "", "query": null, "picks": null }] }),
            400,
            "bad_request",
        ),
        (
            json!({ "name": "../up", "query": "ferry" }),
            400,
            "bad_reel_name",
        ),
        (json!({ "wishes": 3 }), 400, "bad_request"),
        (json!({ "length_millis": i64::MAX }), 400, "bad_request"),
    ] {
        let told = server.post_json("/reels", &wish).problem(status);
        if code != "query_unreadable" {
            assert_eq!(told, code, "{wish}");
        }
    }
}

#[test]
fn excitement_is_a_curve_with_its_signals() {
    let world = world();
    let server = Server::start(&world);
    let harbour = asset(&server, "harbour.mp4");
    let curve = server
        .get(&format!("/assets/{harbour}/excitement.json"))
        .json();
    let values = curve["values"].as_array().unwrap();
    let step = curve["step_millis"].as_u64().unwrap();
    assert_eq!(values.len() as u64, 10_000_u64.div_ceil(step), "{curve}");
    assert!(
        values
            .iter()
            .all(|value| (0.0..=1.0).contains(&value.as_f64().unwrap()))
    );
    for signal in curve["signals"].as_array().unwrap() {
        assert_eq!(signal["values"].as_array().unwrap().len(), values.len());
        assert!(signal["weight"].as_f64().unwrap() > 0.0);
    }
    let unknown = "0".repeat(64);
    assert_eq!(
        server
            .get(&format!("/assets/{unknown}/excitement.json"))
            .problem(404),
        "not_found"
    );
}
