//! Reels over HTTP: made, looked at, changed, handed over and rendered.

mod edits;
mod given_out;
mod kept;
mod rights;
mod wishes;

use serde_json::{Value, json};

use crate::{
    program::World,
    server::{Reply, Server},
};

/// Two clips of ten seconds, one with what is said in it, indexed.
fn world() -> World {
    let world = World::with_good_clip();
    for (name, picture) in [("harbour.mp4", "testsrc2"), ("bars.mp4", "smptebars")] {
        let picture = format!("{picture}=s=320x240:r=25:d=10");
        let sound = "sine=f=440:d=10";
        world.render(
            name,
            &["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", sound],
        );
    }
    world.write(
        "harbour.srt",
        b"1\n00:00:01,000 --> 00:00:04,000\nThe ferry leaves the harbour.\n\n2\n00:00:06,000 --> 00:00:09,000\nGulls circle above the quay.\n",
    );
    world.index();
    world
}

#[track_caller]
fn asset(server: &Server, name: &str) -> String {
    let assets = server.get("/assets").json();
    let found = assets["assets"].as_array().unwrap().iter();
    let found = found.clone().find(|asset| asset["name"] == name);
    found.unwrap()["asset_id"].as_str().unwrap().to_owned()
}

fn stretch(asset: &str, start_millis: i64, end_millis: i64) -> Value {
    json!({ "asset_id": asset, "start_millis": start_millis, "end_millis": end_millis })
}

/// A reel of three stretches, chosen by hand.
#[track_caller]
fn make(server: &Server, title: &str) -> Value {
    let (harbour, bars) = (asset(server, "harbour.mp4"), asset(server, "bars.mp4"));
    let given = [
        stretch(&harbour, 1000, 4000),
        stretch(&bars, 2000, 5000),
        stretch(&harbour, 6000, 9000),
    ];
    let body = json!({ "title": title, "given": given });
    let reply = server.post_json("/reels", &body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let reel = reply.json();
    assert_eq!(reply.header("etag"), reel["etag"].as_str());
    assert_eq!(reel["picks"].as_array().unwrap().len(), 3, "{reel}");
    reel
}

/// Makes a change of a reel as it was seen.
#[track_caller]
fn edit(server: &Server, seen: &Value, edit: Value) -> Reply {
    let tag = format!("If-Match: {}", seen["etag"].as_str().unwrap());
    let headers = ["Content-Type: application/json", &tag];
    let path = format!("/reels/{}/edits", seen["name"].as_str().unwrap());
    server.send("POST", &path, &headers, edit.to_string().as_bytes())
}

fn order(reel: &Value) -> Vec<u64> {
    let picks = reel["picks"].as_array().unwrap().iter();
    picks.map(|pick| pick["id"].as_u64().unwrap()).collect()
}
