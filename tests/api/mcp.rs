//! Tools for agents over HTTP.

use serde_json::{Value, json};

use crate::{
    program::World,
    server::{Reply, Server},
};

const HEADERS: [&str; 2] = [
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
];

fn ask(server: &Server, method: &str, parameters: Value, more: &[&str]) -> Reply {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
    let headers = [&HEADERS[..], more].concat();
    server.send("POST", "/mcp", &headers, message.to_string().as_bytes())
}

#[test]
fn tools_are_called_over_http_behind_the_same_door_as_all_else() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let hello = ask(
        &server,
        "initialize",
        json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        }),
        &[],
    );
    assert_eq!(hello.status, 200, "{}", hello.text());
    assert_eq!(hello.json()["result"]["serverInfo"]["name"], "reeldex");
    let version = ["MCP-Protocol-Version: 2025-06-18"];
    let tools = ask(&server, "tools/list", json!({}), &version).json();
    assert_eq!(
        tools["result"]["tools"].as_array().unwrap().len(),
        7,
        "{tools}"
    );
    let call = json!({ "name": "search_moments", "arguments": { "query": "all is well" } });
    let answer = ask(&server, "tools/call", call.clone(), &version).json();
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    let found: Value = serde_json::from_str(text).unwrap();
    assert_eq!(found["moments"][0]["name"], "good.mp4", "{found}");

    let foreign = ask(
        &server,
        "tools/call",
        call.clone(),
        &["Origin: https://evil.example"],
    );
    assert_eq!(foreign.problem(403), "foreign_request");
    let rebound = ask(&server, "tools/call", call.clone(), &["Host: evil.example"]);
    assert_eq!(rebound.problem(403), "foreign_request");
    // Without sessions there is nothing to listen to, and nothing to end.
    for method in ["GET", "DELETE"] {
        let refused = server.send(method, "/mcp", &[], b"");
        assert_eq!(refused.problem(405), "method_not_allowed", "{method}");
        assert_eq!(refused.header("allow"), Some("POST"), "{method}");
    }
    assert_eq!(
        ask(&server, "no/such/method", json!({}), &version).json()["error"]["code"],
        -32601
    );

    let run = world.run(["--json", "token", "create", "--scope", "read"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(
        ask(&server, "tools/call", call.clone(), &version).problem(401),
        "token_missing"
    );
    let token = run.json()["token"].as_str().unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {token}");
    let answer = ask(&server, "tools/call", call, &[version[0], &bearer]);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn a_reel_is_compiled_looked_at_and_handed_over_by_an_agent() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let version = "MCP-Protocol-Version: 2025-06-18";
    let call = |name: &str, arguments: Value, more: &[&str]| -> (bool, Value) {
        let call = json!({ "name": name, "arguments": arguments });
        let headers = [&[version], more].concat();
        let answer = ask(&server, "tools/call", call, &headers).json();
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        let told = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        (answer["result"]["isError"] == true, told)
    };
    let wish = json!({ "query": "all is well", "length_seconds": 10, "title": "Good" });
    let (is_error, made) = call("compile_reel", wish.clone(), &[]);
    assert!(!is_error, "{made}");
    assert_eq!(
        (&made["name"], &made["picks"][0]["file"]),
        (&json!("Good"), &json!("good.mp4"))
    );
    assert!(
        !made["picks"][0]["reason"].as_str().unwrap().is_empty(),
        "{made}"
    );
    let (_, again) = call("get_reel", json!({ "name": "Good" }), &[]);
    assert_eq!(again, made);
    let (is_error, list) = call(
        "export_reel",
        json!({ "name": "Good", "format": "edl" }),
        &[],
    );
    assert!(!is_error, "{list}");
    assert!(
        list["files"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("TITLE:"),
        "{list}"
    );
    let (is_error, none) = call("get_reel", json!({ "name": "../Good" }), &[]);
    assert!(
        is_error && none.as_str().unwrap().contains("no reel"),
        "{none}"
    );
    let (is_error, nothing) = call("compile_reel", json!({ "query": "zzqxvw" }), &[]);
    assert!(
        is_error && nothing.as_str().unwrap().contains("nothing fits"),
        "{nothing}"
    );

    let run = world.run(["--json", "token", "create", "--scope", "read"]);
    let bearer = format!(
        "Authorization: Bearer {}",
        run.json()["token"].as_str().unwrap()
    );
    let (is_error, refused) = call("compile_reel", wish, &[&bearer]);
    assert!(
        is_error && refused.as_str().unwrap().contains("curate"),
        "{refused}"
    );
    assert!(!call("get_reel", json!({ "name": "Good" }), &[&bearer]).0);
}
