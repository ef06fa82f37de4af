// What a page without it lacks: the filter, the diagrams, and the keys. All text goes in as text, never as markup.
"use strict";
(() => {
	// So many rows of a diagram are drawn at a time.
	const PAGE = 500;

	const scripts = [...document.querySelectorAll(".script")];
	const byId = (id) => document.getElementById(id);

	function make(name, className, text) {
		const element = document.createElement(name);
		if (className) element.className = className;
		if (text !== undefined) element.textContent = text;
		return element;
	}

	// ---- Diagrams ----

	// Draws the diagram of a script when it is opened first.
	function draw(script) {
		const diagram = script.querySelector(".diagram");
		const data = diagram && diagram.querySelector("script");
		if (!data) return;
		const story = JSON.parse(data.textContent);
		const names = story.cast.map((lane) => lane.name);
		const rows = make("div", "rows");
		diagram.style.setProperty("--actors", Math.max(names.length, 1));
		diagram.replaceChildren(lanes(story.cast), lines(names.length), rows);
		drawMore(script, rows, story, 0);
	}

	function lanes(cast) {
		const head = make("div", "lanes");
		head.append(make("span", "server", "Server"));
		for (const lane of cast) {
			const name = make("span", "", lane.name);
			name.title = lane.about;
			head.append(name);
		}
		return head;
	}

	function lines(count) {
		const all = make("div", "lines");
		all.append(make("i", "server"));
		for (let lane = 1; lane <= count; lane++) {
			const line = make("i");
			line.style.setProperty("--lane", lane);
			all.append(line);
		}
		return all;
	}

	function drawMore(script, rows, story, from) {
		const to = Math.min(from + PAGE, story.rows.length);
		for (const row of story.rows.slice(from, to)) {
			rows.append(...(row.row === "step" ? step(script, row) : moment(row, story.cast)));
		}
		const left = story.rows.length - to;
		if (left === 0) return;
		const more = make("button", "rest", `Show ${Math.min(left, PAGE)} more of ${left}`);
		more.type = "button";
		more.addEventListener("click", () => {
			more.remove();
			const last = rows.lastElementChild;
			drawMore(script, rows, story, to);
			focusOn(last.nextElementSibling);
		});
		rows.append(more);
	}

	function focusOn(element) {
		if (element.tabIndex < 0) element.tabIndex = -1;
		element.focus();
	}

	function step(script, row) {
		const section = make("div", `step is-${row.verdict}`);
		if (row.aside) section.classList.add("aside");
		if (row.part) section.append(make("p", "part", row.part));
		if (row.comments.length) section.append(make("p", "comment", row.comments.join("\n")));
		const head = make("div", "head");
		head.append(make("h3", "action", row.action));
		if (row.word) head.append(" ", make("span", `word ${row.verdict}`, row.word));
		section.append(make("span", "number", row.line), head);
		if (row.duration) section.append(make("span", "took", row.duration));
		if (["failed", "deviation", "errored", "not-tested"].includes(row.verdict)) explain(script, section);
		return [section];
	}

	// What is told of a failure moves to the step that it is about.
	function explain(script, section) {
		const failure = script.querySelector(".body > .failure");
		if (failure) section.append(failure);
	}

	const DIRECTIONS = { sent: "to server", received: "from server", pinged: "to server", login: "and server" };

	// A row, and if it can be opened what it opens.
	function moment(row, cast) {
		const opens = Boolean(row.xml || row.parts);
		const lane = Math.min(row.actor, Math.max(cast.length - 1, 0)) + 1;
		const line = make(opens ? "button" : "div", `moment ${row.kind}`);
		const track = make("span", "track");
		const label = make("span", "label", row.label);
		const sign = row.kind in DIRECTIONS ? make("span", "arrow") : make("span", "cross", "×");
		sign.style.setProperty("--lane", lane);
		label.title = row.label;
		track.append(label, sign);
		line.append(make("span", "at", row.at), track);
		const name = row.actor in cast ? cast[row.actor].name : "?";
		const spoken = `${name} ${DIRECTIONS[row.kind] || ""}: ${row.label}, at ${row.at} s`;
		if (!opens) return [line];
		line.type = "button";
		line.setAttribute("aria-label", spoken);
		line.setAttribute("aria-expanded", "false");
		line.addEventListener("click", () => toggle(line, row, cast));
		return [line];
	}

	function toggle(line, row, cast) {
		const open = line.getAttribute("aria-expanded") === "true";
		line.setAttribute("aria-expanded", String(!open));
		if (open) line.nextElementSibling.remove();
		else line.after(row.parts ? parts(row, cast) : xml(row));
	}

	function xml(row) {
		const block = make("div", "opened");
		const text = make("pre", "xml", row.xml);
		text.tabIndex = 0;
		block.append(text);
		return block;
	}

	function parts(row, cast) {
		const block = make("div", "opened parts");
		block.append(...row.parts.flatMap((part) => moment(part, cast)));
		return block;
	}

	// Events of this kind do not bubble.
	document.addEventListener("toggle", (event) => {
		if (event.target.matches(".script") && event.target.open) draw(event.target);
	}, true);

	// ---- The filter ----

	const verdicts = [...document.querySelectorAll("#filters [data-verdict]")];
	const words = new Map(scripts.map((script) => [script, wordsOf(script)]));

	function wordsOf(script) {
		const about = script.querySelector(".description");
		const parts = [script.firstElementChild.textContent, about ? about.textContent : "", script.dataset.tags];
		return parts.join("\n").toLowerCase();
	}

	function hasTag(script, tag) {
		const tags = script.dataset.tags.split("\n");
		return tags.some((own) => own === tag || own.startsWith(`${tag} §`));
	}

	function filter() {
		const wanted = verdicts.filter((button) => button.ariaPressed === "true").map((button) => button.dataset.verdict);
		const tag = byId("tag").value;
		const text = byId("text").value.trim().toLowerCase();
		for (const script of scripts) {
			script.hidden = !(
				(wanted.length === 0 || wanted.includes(script.dataset.verdict)) &&
				(!tag || hasTag(script, tag)) &&
				words.get(script).includes(text)
			);
		}
		const shown = scripts.filter((script) => !script.hidden).length;
		byId("shown").textContent = `${shown} of ${scripts.length} scripts`;
	}

	function press(button) {
		button.ariaPressed = String(button.ariaPressed !== "true");
	}

	for (const button of verdicts) {
		button.addEventListener("click", () => { press(button); filter(); });
	}
	byId("tag").addEventListener("change", filter);
	byId("text").addEventListener("input", filter);
	byId("filters").addEventListener("submit", (event) => event.preventDefault());

	// ---- The theme ----

	const theme = byId("theme");
	theme.hidden = false;
	theme.ariaPressed = String(matchMedia("(prefers-color-scheme: dark)").matches);
	theme.addEventListener("click", () => {
		press(theme);
		document.documentElement.dataset.theme = theme.ariaPressed === "true" ? "dark" : "light";
	});

	// ---- Keys ----

	// Goes to the next script that is shown, or the one before.
	function move(by) {
		const shown = scripts.filter((script) => !script.hidden);
		const here = shown.findIndex((script) => script.contains(document.activeElement));
		const next = here < 0 ? (by > 0 ? 0 : shown.length - 1) : here + by;
		if (shown[next]) shown[next].firstElementChild.focus();
	}

	const KEYS = { j: () => move(1), k: () => move(-1), "/": () => byId("text").focus() };
	const ARROWS = { ArrowDown: () => move(1), ArrowUp: () => move(-1) };

	document.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
		if (event.target.matches("input, select")) return;
		const onScript = event.target.matches(".script > summary");
		const action = KEYS[event.key] || (onScript && ARROWS[event.key]);
		if (!action) return;
		event.preventDefault();
		action();
	});

	// ---- The beginning ----

	// A link to a script opens it.
	function follow() {
		const script = location.hash && byId(location.hash.slice(1));
		if (script && script.matches(".script")) script.open = true;
	}
	addEventListener("hashchange", follow);
	follow();
	scripts.filter((script) => script.open).forEach(draw);
	// The browser keeps what was chosen when a page is loaded again.
	filter();
})();
