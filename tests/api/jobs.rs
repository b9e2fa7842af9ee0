//! Index requests over HTTP, and their progress as events.

use std::{
    io::{BufRead, BufReader, Write},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{program::World, server::Server};

/// Waits until a job is in one of these states.
#[track_caller]
fn wait(server: &Server, id: &Value, states: &[&str]) -> Value {
    let started = Instant::now();
    loop {
        let job = server.get(&format!("/jobs/{id}")).json();
        if states.iter().any(|state| job["state"] == *state) {
            return job;
        }
        assert!(started.elapsed() < Duration::from_secs(120), "{job}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[track_caller]
fn add(server: &Server, paths: Value) -> Value {
    let reply = server.post_json("/jobs", &json!({ "paths": paths }));
    assert_eq!(reply.status, 202, "{}", reply.text());
    reply.json()["job_id"].clone()
}

/// Follows the events of jobs until one has ended.
fn follow(server: &Server) -> Vec<Value> {
    let mut stream = server.connect();
    write!(
        stream,
        "GET /jobs/events HTTP/1.1\r\nHost: {}\r\n\r\n",
        server.address
    )
    .unwrap();
    let mut jobs = Vec::new();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if let Some(data) = line.strip_prefix("data: ") {
            let job: Value = serde_json::from_str(data).unwrap();
            let has_ended = job["state"] == "done" || job["state"] == "failed";
            jobs.push(job);
            if has_ended {
                break;
            }
        }
    }
    jobs
}

#[test]
fn a_job_makes_the_library_that_the_server_then_searches() {
    let world = World::with_good_clip();
    world.write("broken.mp4", b"\0\0\0\x18ftypmp42 and no more");
    let server = Server::start(&world);
    let id = add(&server, json!([world.archive()]));
    let jobs = follow(&server);
    let last = jobs.last().unwrap();
    assert_eq!(
        (&last["job_id"], &last["state"]),
        (&id, &json!("done")),
        "{jobs:?}"
    );
    assert!(
        jobs.iter()
            .all(|job| job["paths"][0] == world.archive().to_str().unwrap())
    );
    assert_eq!(
        (&last["failed"], &last["unchanged"]),
        (&json!(1), &json!(0)),
        "{last}"
    );
    let found = server.get("/search?q=all+is+well").json();
    assert_eq!(found["moments"][0]["name"], "good.mp4", "{found}");
    // Once more: nothing to do but what failed.
    let reply = server.send("POST", &format!("/jobs/{id}/retry"), &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let again = wait(&server, &id, &["done"]);
    assert!(again["unchanged"].as_u64().unwrap() >= 1, "{again}");
    assert_eq!(server.interrupt(), Some(0));
    let server = Server::start(&world);
    let kept = server.get("/jobs").json();
    assert_eq!(
        kept["jobs"].as_array().unwrap().len(),
        1,
        "they outlive the server"
    );
    assert_eq!(kept["jobs"][0]["state"], "done");
}

#[test]
fn a_job_is_paused_resumed_and_cancelled() {
    let world = World::new();
    for number in 0..6 {
        world.render(
            &format!("clip-{number}.mp4"),
            &[
                "-f",
                "lavfi",
                "-i",
                &format!("testsrc=s=640x360:r=25:d={}", 8 + number),
            ],
        );
    }
    let server = Server::start(&world);
    let act =
        |id: &Value, action: &str| server.send("POST", &format!("/jobs/{id}/{action}"), &[], b"");
    let first = add(&server, json!([world.archive()]));
    let second = add(&server, json!([world.archive().join("clip-0.mp4")]));
    assert_eq!(
        act(&second, "cancel").json()["state"],
        "cancelled",
        "it had not begun"
    );
    wait(&server, &first, &["running"]);
    assert_eq!(act(&first, "pause").status, 200);
    let held = wait(&server, &first, &["paused", "done"]);
    assert_eq!(held["state"], "paused", "{held}");
    assert_eq!(act(&first, "retry").problem(409), "job_not_ended");
    assert_eq!(act(&first, "resume").json()["state"], "queued");
    let done = wait(&server, &first, &["done", "failed"]);
    assert_eq!(
        (&done["state"], &done["files"]),
        (&json!("done"), &json!(6)),
        "{done}"
    );
    assert_eq!(act(&first, "pause").problem(409), "job_ended");
    assert_eq!(act(&first, "resume").problem(409), "job_not_paused");
    assert_eq!(act(&json!(99), "pause").problem(404), "job_unknown");
}

#[test]
fn jobs_that_come_while_the_library_is_made_are_all_done() {
    let world = World::with_good_clip();
    let server = Server::start(&world);
    // One after the other, so that some meet the moment at which its catalogue is there and locked.
    let ids: Vec<Value> = (0..30)
        .map(|_| add(&server, json!([world.archive()])))
        .collect();
    for id in &ids {
        let ended = wait(&server, id, &["done", "failed"]);
        assert_eq!(ended["state"], "done", "{ended}");
    }
    let ready = server.get("/ready").json();
    assert_eq!(ready["is_writer"], true, "{ready}");
}

#[test]
fn places_that_can_not_be_indexed_are_refused() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let library = world.library();
    let refused = |paths: Value| {
        server
            .post_json("/jobs", &json!({ "paths": paths }))
            .problem(400)
    };
    assert_eq!(refused(json!([])), "bad_request");
    assert_eq!(refused(json!(["archive"])), "job_place");
    assert_eq!(refused(json!(["/no/such/place"])), "job_place");
    assert_eq!(refused(json!([library])), "job_place");
    assert_eq!(refused(json!([library.join("thumbnails")])), "job_place");
    assert_eq!(refused(json!([library.join("../library")])), "job_place");
    let body = json!({ "paths": [world.archive()], "models": "no such pack" });
    assert_eq!(server.post_json("/jobs", &body).status, 400);
    assert_eq!(server.get("/jobs").json()["jobs"], json!([]));
}
