// Keeps the page as the server says it is: each message of the stream is the whole of <main>, and only what differs
// is touched, so that focus, open details and half-typed words stay. Without this script the page reloads by itself.
"use strict";
const main = document.getElementById("live");
const line = document.getElementById("line");
let wait = 1000;

function follow() {
  const stream = new EventSource(main.dataset.source);
  stream.addEventListener("page", (message) => {
    wait = 1000;
    line.textContent = "live";
    const next = document.createElement("template");
    next.innerHTML = message.data;
    children(main, next.content);
    const alarms = main.querySelectorAll(".alarms li").length;
    document.title = alarms ? `(${alarms}) Meridian` : "Meridian";
    main.dataset.seen = message.lastEventId;
  });
  stream.onerror = () => {
    if (stream.readyState !== EventSource.CLOSED) return;   // it connects again by itself
    line.textContent = "not live; trying again";
    setTimeout(follow, wait);
    wait = Math.min(wait * 2, 30000);
  };
}

function children(old, next) {
  const wanted = Array.from(next.childNodes);
  wanted.forEach((node, at) => {
    const held = old.childNodes[at];
    if (!held) old.append(node);
    else if (held.nodeName !== node.nodeName || held.id !== node.id) held.replaceWith(node);
    else become(held, node);
  });
  while (old.childNodes.length > wanted.length) old.lastChild.remove();
}

function become(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of Array.from(old.attributes)) {
    if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of Array.from(next.attributes)) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  children(old, next);
}

follow();
