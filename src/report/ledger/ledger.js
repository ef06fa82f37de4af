// Shows the clauses that are asked for.
"use strict";
(() => {
	const byId = (id) => document.getElementById(id);
	const filters = byId("filters");
	const rows = [...document.querySelectorAll(".clause")].map((row) => ({
		row, text: row.textContent.toLowerCase(), ...row.dataset,
	}));
	const shown = byId("shown");

	function isWanted(one) {
		const words = byId("text").value.toLowerCase().split(/\s+/);
		const is = (name) => !byId(name).value || one[name] === byId(name).value;
		const verdict = byId("verdict");
		const hasVerdict = !verdict || !verdict.value || one.verdicts.split(" ").includes(verdict.value);
		return is("document") && is("level") && is("state") && hasVerdict
			&& words.every((word) => one.text.includes(word));
	}

	function filter() {
		let count = 0;
		for (const one of rows) {
			one.row.hidden = !isWanted(one);
			count += one.row.hidden ? 0 : 1;
		}
		for (const body of document.querySelectorAll(".clauses tbody")) {
			body.hidden = !body.querySelector(".clause:not([hidden])");
		}
		shown.textContent = count === 1 ? "1 clause" : count + " clauses";
	}

	filters.hidden = false;
	filters.addEventListener("input", filter);
	filters.addEventListener("submit", (event) => event.preventDefault());
	document.addEventListener("keydown", (event) => {
		if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target === byId("text")) return;
		event.preventDefault();
		byId("text").focus();
	});
	filter();
})();
