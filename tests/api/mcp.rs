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
        4,
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
    assert_eq!(
        server.get("/mcp").status,
        405,
        "without sessions there is nothing to listen to"
    );
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
