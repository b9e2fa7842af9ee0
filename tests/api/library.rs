//! Libraries that are shared, gone or not there yet.

use crate::{program::World, server::Server};

#[test]
fn a_second_server_reads_and_says_so() {
    let world = World::with_good_clip();
    world.index();
    let (first, second) = (Server::start(&world), Server::start(&world));
    // Whichever came first holds the library.
    let ready = [first.get("/ready").json(), second.get("/ready").json()];
    let writers = ready.iter().filter(|it| it["is_writer"] == true).count();
    assert_eq!(writers, 1, "{ready:?}");
    let reader = ready.iter().find(|it| it["is_writer"] == false).unwrap();
    assert!(
        reader["notes"][0]
            .as_str()
            .unwrap()
            .contains("another process"),
        "{reader}"
    );
    for server in [&first, &second] {
        assert_eq!(
            server.get("/search?q=all+is+well").json()["verdict"],
            "strong"
        );
    }
}

#[test]
fn a_library_that_goes_away_is_told_and_comes_back() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    assert_eq!(
        server.get("/search?q=all+is+well").json()["verdict"],
        "strong"
    );
    let away = world.library().with_extension("away");
    std::fs::rename(world.library(), &away).unwrap();
    for path in ["/search?q=all+is+well", "/assets", "/ready"] {
        assert_eq!(server.get(path).problem(503), "no-library", "{path}");
    }
    assert_eq!(server.get("/health").status, 200);
    std::fs::rename(&away, world.library()).unwrap();
    assert_eq!(
        server.get("/search?q=all+is+well").json()["verdict"],
        "strong"
    );
    assert_eq!(server.get("/ready").status, 200);
}

#[test]
fn a_server_may_start_before_its_library() {
    let world = World::with_good_clip();
    let server = Server::start(&world);
    assert_eq!(server.get("/search?q=gold").problem(503), "no-library");
    assert_eq!(server.get("/ready").problem(503), "no-library");
    assert_eq!(server.get("/").status, 200);
    assert!(!world.library().exists(), "asking makes no library");
    world.index();
    assert_eq!(
        server.get("/search?q=all+is+well").json()["verdict"],
        "strong"
    );
    assert_eq!(server.interrupt(), Some(0));
    world.index();
}
