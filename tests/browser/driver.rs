//! Chromium without a window, driven by WebDriver (W3C) through chromedriver.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// What WebDriver calls keys without characters (§17.4.2).
pub const TAB: &str = "\u{e004}";
/// That opens things.
pub const ENTER: &str = "\u{e007}";
/// The arrow.
pub const DOWN: &str = "\u{e015}";

/// A browser. It ends when this is dropped.
pub struct Browser {
    driver: Child,
    /// Keeps the pipe open that the driver would otherwise fail to write to.
    _stdout: BufReader<ChildStdout>,
    /// The address of its session.
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts one.
    #[track_caller]
    pub fn start() -> Self {
        let (driver, stdout, port) = driver();
        let profile = tempfile::tempdir().unwrap();
        let own = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &own,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": arguments},
        }}});
        // From here on the driver is ended whatever happens.
        let mut browser = Self {
            driver,
            _stdout: stdout,
            session: format!("http://127.0.0.1:{port}/session"),
            _profile: profile,
        };
        let answer = call(&browser.session, &wanted);
        browser.session += &format!("/{}", answer["sessionId"].as_str().unwrap());
        browser
    }

    /// Opens a page.
    pub fn open(&self, address: &str) {
        self.post("url", &json!({"url": address}));
    }

    /// Runs JavaScript, and gives what it returns.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Clicks at the element that a selector finds first.
    pub fn click(&self, selector: &str) {
        let found = self.post(
            "element",
            &json!({"using": "css selector", "value": selector}),
        );
        let id = found.as_object().unwrap().values().next().unwrap();
        let id = id.as_str().unwrap();
        self.post(&format!("element/{id}/click"), &json!({}));
    }

    /// Types, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let both = |key: char| {
            ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()}))
        };
        let actions: Vec<Value> = keys.chars().flat_map(both).collect();
        let actions = json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]});
        self.post("actions", &actions);
    }

    /// Lets pages believe that the user likes dark colours, or light ones.
    pub fn prefer(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let command =
            json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}});
        self.post("goog/cdp/execute", &command);
    }

    /// What the browser has complained about since it was asked last.
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.post("se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().unwrap().iter();
        entries.map(|entry| entry["message"].to_string()).collect()
    }

    #[track_caller]
    fn post(&self, command: &str, body: &Value) -> Value {
        call(&format!("{}/{command}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its session, and would outlive its driver.
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts the driver on a free port.
#[track_caller]
fn driver() -> (Child, BufReader<ChildStdout>, u16) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromium and chromium-driver are needed here; `make browser` installs them");
    let mut stdout = BufReader::new(driver.stdout.take().unwrap());
    let lines = stdout.by_ref().lines();
    let port = lines.map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    (driver, stdout, port.expect("chromedriver says its port"))
}

/// Sends a command, and gives its value.
#[track_caller]
fn call(address: &str, body: &Value) -> Value {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .new_agent();
    let mut response = agent.post(address).send_json(body).unwrap();
    let status = response.status();
    let answer: Value = response.body_mut().read_json().unwrap();
    assert!(status.is_success(), "{address}: {answer}");
    answer["value"].clone()
}
