//! Reels over HTTP: made, looked at, changed, handed over and rendered.

use std::time::{Duration, Instant};

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

#[test]
fn a_token_to_read_looks_at_reels_and_changes_none() {
    let world = world();
    let token = |scope: &str| {
        let run = world.run([
            "--json", "token", "create", "--scope", scope, "--name", scope,
        ]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.json()["token"].as_str().unwrap().to_owned()
    };
    let (read, curate) = (token("read"), token("curate"));
    let server = Server::start(&world);
    let send = |method: &str, path: &str, token: &str, body: &Value| {
        let bearer = format!("Authorization: Bearer {token}");
        let headers = [bearer.as_str(), "Content-Type: application/json"];
        server.send(method, path, &headers, body.to_string().as_bytes())
    };
    let wish = json!({ "title": "Best", "length_millis": 6000 });
    assert_eq!(
        send("POST", "/reels", &read, &wish).problem(403),
        "scope_missing"
    );
    let made = send("POST", "/reels", &curate, &wish);
    assert_eq!(made.status, 201, "{}", made.text());
    for (method, path, body) in [
        ("POST", "/reels/Best/edits", json!({ "action": "undo" })),
        ("POST", "/reels/Best/update", json!({})),
        ("POST", "/reels/Best/picks/1/replace", json!({})),
        ("POST", "/reels/Best/renders", json!({})),
        ("DELETE", "/reels/Best", json!({})),
    ] {
        assert_eq!(
            send(method, path, &read, &body).problem(403),
            "scope_missing",
            "{path}"
        );
        assert_eq!(
            server.send(method, path, &[], b"").problem(401),
            "token_missing",
            "{path}"
        );
    }
    let archive = world.archive().to_string_lossy().into_owned();
    for path in [
        "/reels",
        "/reels/Best",
        "/reels/Best/manifest.json",
        "/reels/Best/export/csv",
    ] {
        let reply = send("GET", path, &read, &json!({}));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        if !path.contains("export") {
            assert!(!reply.text().contains(&archive), "{path}");
        }
    }
    // Those who curate give up what they render, and not what is indexed.
    let rendering = send("POST", "/reels/Best/renders", &curate, &json!({})).json();
    assert!(rendering["paths"].is_null(), "{rendering}");
    let cancel = format!("/jobs/{}/cancel", rendering["job_id"]);
    assert_eq!(
        send("POST", &cancel, &read, &json!({})).problem(403),
        "scope_missing"
    );
    let cancelled = send("POST", &cancel, &curate, &json!({})).status;
    // It may have been done before.
    assert!(cancelled == 200 || cancelled == 409, "{cancelled}");
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
