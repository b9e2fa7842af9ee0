//! Tools for agents over standard input and output, as an agent talks to them.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use serde_json::{Value, json};

use crate::program::World;

/// A running `reeldex mcp`.
struct Agent {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    asked: u64,
}

impl Agent {
    fn start(world: &World) -> Self {
        let mut child = world
            .command()
            .arg("mcp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut agent = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            asked: 0,
        };
        let hello = agent.ask(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" },
            }),
        );
        assert_eq!(hello["result"]["serverInfo"]["name"], "reeldex", "{hello}");
        agent.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        agent
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").unwrap();
    }

    /// Asks, and checks that the next line of standard output is the answer.
    #[track_caller]
    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// Calls a tool; its text, and whether it is an error.
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: Value) -> (String, bool) {
        let answer = self.ask(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        );
        let result = &answer["result"];
        assert_eq!(
            result["content"].as_array().map(Vec::len),
            Some(1),
            "{answer}"
        );
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        (text, result["isError"] == true)
    }

    #[track_caller]
    fn answer(&mut self, tool: &str, arguments: Value) -> Value {
        let (text, is_error) = self.call(tool, arguments);
        assert!(!is_error, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn an_agent_finds_a_moment_and_reads_what_is_said_in_it() {
    let world = World::with_good_clip();
    world.render("tone.wav", &["-f", "lavfi", "-i", "sine=d=1"]);
    world.index();
    let mut agent = Agent::start(&world);

    let tools = agent.ask("tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap();
    let mut names: Vec<&str> = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "compile_reel",
            "export_reel",
            "get_moment",
            "get_reel",
            "get_transcript",
            "list_assets",
            "search_moments"
        ]
    );
    for tool in tools {
        assert!(tool["description"].as_str().unwrap().len() > 40, "{tool}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        let only_reads = tool["name"] != "compile_reel";
        assert_eq!(tool["annotations"]["readOnlyHint"], only_reads, "{tool}");
    }

    let found = agent.answer("search_moments", json!({ "query": "all is well" }));
    let moment = &found["moments"][0];
    assert_eq!(
        (&moment["name"], &moment["start_millis"]),
        (&json!("good.mp4"), &json!(0)),
        "{found}"
    );
    assert_eq!(moment["text"], "all is well");
    let asset_id = moment["asset_id"].clone();

    let moment = agent.answer(
        "get_moment",
        json!({ "asset_id": asset_id, "start_millis": 500 }),
    );
    assert_eq!(
        moment["said"][0]["texts"],
        json!(["all is well"]),
        "{moment}"
    );
    assert!(!moment["shots"].as_array().unwrap().is_empty(), "{moment}");

    let transcript = agent.answer("get_transcript", json!({ "asset_id": asset_id }));
    assert_eq!(
        transcript["lines"],
        json!([{ "start_millis": 0, "end_millis": 1000, "text": "all is well" }])
    );
    assert_eq!(transcript["next_from_millis"], Value::Null);

    let assets = agent.answer("list_assets", json!({ "limit": 1 }));
    assert_eq!(assets["assets"].as_array().unwrap().len(), 1);
    let rest = agent.answer("list_assets", json!({ "cursor": assets["next_cursor"] }));
    assert_eq!(
        (
            rest["assets"].as_array().unwrap().len(),
            &rest["next_cursor"]
        ),
        (1, &Value::Null),
        "{rest}"
    );
    let audio = agent.answer("list_assets", json!({ "kind": "audio" }));
    assert_eq!(audio["assets"][0]["name"], "tone.wav", "{audio}");

    let folder = world.archive().to_string_lossy().into_owned();
    for answer in [found, moment, transcript, assets, rest] {
        assert!(!answer.to_string().contains(&folder), "{answer}");
    }
}

#[test]
fn what_an_agent_asks_wrongly_is_told_as_an_error_with_a_hint() {
    let world = World::with_good_clip();
    let mut agent = Agent::start(&world);
    let (text, is_error) = agent.call("search_moments", json!({ "query": "gold" }));
    assert!(is_error && text.contains("hint: index a folder"), "{text}");
    world.index();
    for (tool, arguments, wanted) in [
        (
            "search_moments",
            json!({ "query": "gold after:tomorrow" }),
            "hint: write the day",
        ),
        (
            "search_moments",
            json!({ "query": "gold", "limit": 21 }),
            "from 1 to 20",
        ),
        (
            "search_moments",
            json!({ "query": "like:/etc/passwd" }),
            "can't be opened from here",
        ),
        (
            "get_moment",
            json!({ "asset_id": "00", "start_millis": 0 }),
            "no asset of that id",
        ),
        (
            "list_assets",
            json!({ "kind": "smell" }),
            "video, audio or image",
        ),
    ] {
        let (text, is_error) = agent.call(tool, arguments);
        assert!(is_error && text.contains(wanted), "{tool}: {text}");
    }
    // Nothing of that ended the program, and indexing is free to write beside it.
    world.write("more.srt", b"");
    assert_eq!(
        world.run(["index", world.archive().to_str().unwrap()]).code,
        0
    );
    let found = agent.answer("search_moments", json!({ "query": "all is well" }));
    assert_eq!(found["moments"][0]["name"], "good.mp4");
    drop(agent.input);
    assert!(
        agent.child.wait().unwrap().success(),
        "it ends with its client"
    );
}
