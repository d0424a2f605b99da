// Where does the console begin?
import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./shell";
import { applyPrefs } from "./prefs";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";

effect(applyPrefs);

const root = document.getElementById("app");
if (root) render(<App />, root);
