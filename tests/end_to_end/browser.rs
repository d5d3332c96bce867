//! The page in a browser: Chromium without a window, steered over WebDriver (W3C) with plain HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::home::Home;
use super::server::{PATIENCE, Server};

/// A browser with one tab.
struct Browser {
    driver: Child,
    http: Client,
    session: String,
    _profile: TempDir,
}

impl Browser {
    async fn open() -> Self {
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = driver.spawn().expect("chromedriver is installed (package chromium-driver)");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let started = lines.find_map(|line| {
            Some(line.split_once("started successfully on port ")?.1.trim_end_matches('.').to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().unwrap();
        let http = Client::builder().timeout(PATIENCE * 3).build().unwrap();
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-first-run".to_owned(),
            "--window-size=1280,1000".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let root = format!("http://127.0.0.1:{}/session", started.expect("chromedriver says its port"));
        let made: Value = http.post(&root).json(&wanted).send().await.unwrap().json().await.unwrap();
        let id = made["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no browser: {made}"));
        Self { driver, session: format!("{root}/{id}"), http, _profile: profile }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let sent = self.http.post(format!("{}/{path}", self.session)).json(&body).send().await.unwrap();
        let answer: Value = sent.json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{path} {body}: {answer}");
        answer["value"].clone()
    }

    async fn goto(&self, url: &str) {
        self.post("url", json!({"url": url})).await;
    }

    async fn run(&self, script: &str) -> Value {
        self.post("execute/sync", json!({"script": script, "args": []})).await
    }

    /// Runs a script until it gives `true`.
    async fn until(&self, script: &str) {
        let began = Instant::now();
        while self.run(script).await != json!(true) {
            assert!(began.elapsed() < PATIENCE, "never so: {script}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        self.post("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await;
    }

    async fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.post("actions", json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]})).await;
    }

    /// What was logged since the last look: `browser` for the console, `performance` for the network.
    async fn log(&self, kind: &str) -> Vec<Value> {
        self.post("se/log", json!({"type": kind})).await.as_array().cloned().unwrap_or_default()
    }

    async fn close(mut self) {
        let closed = self.http.delete(&self.session).send().await;
        assert!(closed.is_ok_and(|answer| answer.status().is_success()));
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ended = self.driver.kill();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_works_in_a_browser() {
    let home = Home::new();
    let server = Server::serve(&home);
    let origin = format!("http://{}/", server.web.unwrap());
    let browser = Browser::open().await;

    browser.goto(&origin).await;
    browser.until("return document.getElementById('line').textContent === 'live'").await;
    let regions = "return [...document.querySelectorAll('.card h3')].map(card => card.innerText).join()";
    let cards = browser.run(regions).await;
    assert!(cards.as_str().unwrap().contains("eu-west"), "{cards}");
    let colour = "return getComputedStyle(document.querySelector('.world use[href=\"#DE\"][class^=r]')).fill";
    let before = browser.run(colour).await;

    the_keyboard_reaches_everything(&browser).await;
    what_is_typed_and_opened_stays_when_the_page_changes(&browser, &server).await;
    browser.until("return document.querySelector('.card.out h3').innerText.includes('eu-central')").await;
    browser.until(&format!("return ({}) !== {before}", colour.trim_start_matches("return "))).await;
    it_fits_a_phone(&browser, &origin).await;
    it_goes_dark_and_stays_readable(&browser, &origin).await;
    it_works_without_scripts(&browser, &origin).await;

    let console = browser.log("browser").await;
    assert_eq!(console, Vec::<Value>::new(), "the console is empty");
    let mut asked = 0;
    for entry in browser.log("performance").await {
        let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        if entry["message"]["method"] == "Network.requestWillBeSent" {
            let url = entry["message"]["params"]["request"]["url"].as_str().unwrap().to_owned();
            // The tab that the browser opens by itself asks for things of its own, and for nothing over a network.
            if url.starts_with("http") || url.starts_with("ws") {
                assert!(url.starts_with(&origin), "{url} is outside");
                asked += 1;
            }
        }
    }
    assert!(asked >= 5, "the page, its style, its script, its icon and its stream: {asked}");
    browser.close().await;
    server.stop();
}

/// Tab goes from the skip link through every link and field, and each shows where the focus is.
async fn the_keyboard_reaches_everything(browser: &Browser) {
    let focused = "const at = document.activeElement; return at === document.body ? 'body' : at.className + '|' + (at.name || at.innerText || '') + '|' + getComputedStyle(at).outlineStyle";
    let mut reached = Vec::new();
    for _ in 0..60 {
        browser.press(TAB).await;
        let at = browser.run(focused).await.as_str().unwrap().to_owned();
        if at == "body" && reached.is_empty() {
            continue;
        }
        if at == "body" || reached.contains(&at) && at.starts_with("skip") {
            break;
        }
        reached.push(at);
    }
    assert!(reached[0].starts_with("skip|Skip to the content"), "{reached:#?}");
    for wanted in ["|Regions|", "|Explain|", "|name|", "|client|", "Countries by region", "endpoints serve"] {
        assert!(reached.iter().any(|at| at.contains(wanted)), "{wanted} is not reached: {reached:#?}");
    }
    let unseen = reached.iter().find(|at| at.ends_with("|none") && !at.starts_with("skip"));
    assert_eq!(unseen, None, "every focus is seen");
}

async fn what_is_typed_and_opened_stays_when_the_page_changes(browser: &Browser, server: &Server) {
    browser
        .run("document.querySelector('#map details').open = true; const field = document.querySelector('input[name=client]'); field.focus(); field.value = '81.2.';")
        .await;
    server.order(&["drain", "eu-central", "--for", "5m", "--reason", "seen in a browser"]);
    browser
        .until("return document.querySelector('#overrides').innerText.includes('seen in a browser')")
        .await;
    browser.until("return document.querySelector('#events').innerText.includes('eu-central')").await;
    let kept =
        "return document.querySelector('#map details').open && document.activeElement.value === '81.2.'";
    assert_eq!(browser.run(kept).await, json!(true), "focus, words and open details stay");
}

async fn it_fits_a_phone(browser: &Browser, origin: &str) {
    let phone = json!({"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true});
    browser.devtools("Emulation.setDeviceMetricsOverride", phone).await;
    let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    for path in ["", "explain?name=api.example.com&client=81.2.69.0/24"] {
        browser.goto(&format!("{origin}{path}")).await;
        assert_eq!(browser.run("return document.documentElement.clientWidth").await, json!(360));
        assert_eq!(browser.run(overflow).await, json!(0), "/{path} scrolls sideways");
    }
    assert_eq!(
        browser.run("return document.querySelector('.answer h1').innerText.includes('eu-west')").await,
        json!(true)
    );
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
}

/// Text has the contrast that WCAG 2.2 asks for (1.4.3: 4.5 to 1), by day and by night.
async fn it_goes_dark_and_stays_readable(browser: &Browser, origin: &str) {
    let mut grounds = Vec::new();
    for scheme in ["light", "dark"] {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.devtools("Emulation.setEmulatedMedia", features).await;
        browser.goto(origin).await;
        let faint = browser.run(FAINT).await;
        assert_eq!(faint["words"], json!([]), "by {scheme}");
        grounds.push(faint["ground"].as_f64().unwrap());
    }
    assert!(grounds[0] > 0.8 && grounds[1] < 0.1, "light, then dark: {grounds:?}");
    browser.devtools("Emulation.setEmulatedMedia", json!({"features": []})).await;
}

async fn it_works_without_scripts(browser: &Browser, origin: &str) {
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    browser.goto(origin).await;
    let shown = "return document.querySelector('.card.out') !== null && document.querySelectorAll('.world use').length > 200 && document.getElementById('line').textContent === ''";
    assert_eq!(browser.run(shown).await, json!(true));
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": false})).await;
}

/// The Tab key (WebDriver §17.4.2).
const TAB: &str = "\u{E004}";

/// The luminance of the page's ground, and every text that stands out too little from what is behind it.
const FAINT: &str = r#"
const shade = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const drawn = colour => { shade.clearRect(0, 0, 1, 1); shade.fillStyle = colour; shade.fillRect(0, 0, 1, 1);
  return [...shade.getImageData(0, 0, 1, 1).data]; };
const linear = part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const behind = at => { for (; at; at = at.parentElement) {
  const colour = drawn(getComputedStyle(at).backgroundColor); if (colour[3] === 255) return colour; }
  return [255, 255, 255]; };
const words = [];
for (const at of document.querySelectorAll('body *')) {
  const text = [...at.childNodes].filter(node => node.nodeType === 3).map(node => node.data.trim()).join('');
  if (!text || at.closest('svg') || !at.checkVisibility({visibilityProperty: true}) || at.closest('.skip')) continue;
  const [ink, ground] = [luminance(drawn(getComputedStyle(at).color)), luminance(behind(at))];
  const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  if (contrast < 4.5) words.push(text + ': ' + contrast.toFixed(2));
}
return {ground: luminance(behind(document.body)), words};
"#;
