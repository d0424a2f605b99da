// How does a JSON schema become a form that a person can fill in? Needed keys first, the rest folded away.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { lang, termOr, words } from "../prefs";
import { terms } from "../terms";

export interface Schema {
  type?: string | string[];
  description?: string;
  enum?: (string | number | boolean)[];
  const?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  allOf?: { if: { properties: { kind: { const: string } } }; then: { $ref: string } }[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  title?: string;
  $defs?: Record<string, Schema>;
  "x-unit"?: string;
}

export type Value = unknown;
export type Fields = Record<string, Value>;

export interface Editor {
  schema: Schema;
  value: Value;
  onChange: (next: Value) => void;
  name: string;
  needed: boolean;
}

const CHINESE = /[\u3400-\u9fff]/;

/** A description holds the sentence in English, then in Chinese, then what may be written. */
export function told(schema: Schema): string {
  const parts = (schema.description ?? "").split(" · ");
  const chinese = parts.find((part) => CHINESE.test(part));
  const english = parts[0] !== chinese ? parts[0] : undefined;
  return (lang.value === "zh" ? (chinese ?? english) : english) ?? "";
}

const UNITS = /_(mw|mwh|mva|kv|kw|kwh|km|m|deg|h|hours|years|minutes|cny_per_\w+|share_per_\w+|c)$/;

/** Names of territories by key, told by the rules page's twin. */
export const territories = signal(new Map<string, string>());

/** Names in English are the keys, opened; in Chinese the description is the name, since keys are English. */
export function labelOf(name: string, schema: Schema): string {
  const own = words.value.plan.labels[name];
  if (own) return own;
  if (name in terms) return termOr(name);
  if (lang.value === "zh") return told(schema).split("；")[0] || termOr(name);
  const end = /_(min|max)$/.exec(name)?.[1];
  const bare = (end ? name.slice(0, -4) : name).replace(UNITS, "") || name;
  const text = `${bare.replaceAll("_", " ")}${end === "min" ? ", at least" : end === "max" ? ", at most" : ""}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const unitOf = (schema: Schema): string => schema["x-unit"] ?? schema.anyOf?.find((one) => one["x-unit"])?.["x-unit"] ?? "";
const isType = (schema: Schema, type: string): boolean => schema.type === type || (Array.isArray(schema.type) && schema.type.includes(type));
const isNumber = (schema: Schema): boolean => isType(schema, "number") || isType(schema, "integer");

/** What of several shapes the form draws: a plain number, a number or a choice, or whatever is left as text. */
function shapeOf(schema: Schema): "enum" | "boolean" | "number" | "choice" | "text" | "group" | "raw" {
  if (schema.enum) return "enum";
  if (isType(schema, "boolean")) return "boolean";
  if (isNumber(schema)) return "number";
  if (isType(schema, "string")) return "text";
  if (schema.properties) return "group";
  const any = schema.anyOf?.filter((one) => one.type !== "null") ?? [];
  if (any.some(isNumber) && any.some((one) => one.properties && "unit_size" in one.properties)) return "choice";
  if (any.some(isNumber)) return "number";
  if (any.length === 1 && any[0]) return shapeOf(any[0]);
  return "raw";
}

export function Field(editor: Editor) {
  const { schema, value, name, needed } = editor;
  const shape = shapeOf(schema);
  const plain = typeof value !== "object" || value === null;
  if (shape === "group") return <Group {...editor} />;
  if (shape === "choice" && (plain || "min" in (value as Fields) || "max" in (value as Fields))) return <Choice {...editor} />;
  const label = labelOf(name, schema);
  const hint = lang.value === "zh" ? told(schema).split("；").slice(1).join("；") : told(schema);
  const body =
    shape === "enum" || shape === "boolean" ? <Select {...editor} /> : shape === "number" && plain ? <NumberBox {...editor} /> : shape === "text" ? <TextBox {...editor} /> : <Raw {...editor} />;
  return (
    <label class="field" title={name}>
      <span>
        {label} {unitOf(schema) && unitOf(schema) !== "1" && <em>{unitOf(schema)}</em>} {needed && <b class="needed" title={words.value.plan.required}>*</b>}
      </span>
      {body}
      {hint && <small>{hint}</small>}
    </label>
  );
}

const defaultText = (value: unknown): string | undefined => (value == null ? undefined : words.value.plan.asDefault(String(value)));

function NumberBox({ schema, value, onChange, needed }: Editor) {
  const limits = schema.anyOf?.find(isNumber) ?? schema;
  return (
    <input
      type="number"
      inputMode="decimal"
      step={isType(limits, "integer") ? 1 : "any"}
      min={limits.minimum ?? limits.exclusiveMinimum}
      max={limits.maximum}
      required={needed}
      placeholder={defaultText(schema.default)}
      value={value == null ? "" : String(value as number)}
      onChange={(event) => onChange(event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))}
    />
  );
}

function TextBox({ schema, value, onChange, needed }: Editor) {
  return <input type="text" required={needed} placeholder={defaultText(schema.default)} value={value == null ? "" : String(value)} onChange={(event) => onChange(event.currentTarget.value || undefined)} />;
}

function Select({ schema, value, onChange, name, needed }: Editor) {
  const w = words.value;
  const options = schema.enum ?? [true, false];
  const show = (one: unknown): string => (name === "territory" ? (territories.value.get(String(one)) ?? String(one)) : one === true ? w.yes : one === false ? w.no : termOr(String(one)));
  return (
    <select required={needed} value={value == null ? "" : String(value)} onChange={(event) => onChange(options.find((one) => String(one) === event.currentTarget.value))}>
      {(!needed || value == null) && <option value="">{schema.default == null ? "–" : w.plan.asDefault(show(schema.default))}</option>}
      {options.map((one) => <option key={String(one)} value={String(one)}>{show(one)}</option>)}
    </select>
  );
}

function Raw({ value, onChange }: Editor) {
  const w = words.value.plan;
  const [wrong, setWrong] = useState(false);
  return (
    <>
      <textarea
        class="mono"
        rows={2}
        spellcheck={false}
        placeholder={w.raw}
        value={value == null ? "" : JSON.stringify(value)}
        onChange={(event) => {
          const text = event.currentTarget.value.trim();
          try {
            onChange(text ? (JSON.parse(text) as unknown) : undefined);
            setWrong(false);
          } catch {
            setWrong(true);
          }
        }}
      />
      {wrong && <small class="wrong">{w.rawWrong}</small>}
    </>
  );
}

/** A size is a number, or a range from which the plan chooses. */
function Choice({ schema, value, onChange, name, needed }: Editor) {
  const w = words.value.plan;
  const range = typeof value === "object" && value !== null ? (value as { min?: number; max?: number }) : null;
  const label = labelOf(name, schema);
  const hint = lang.value === "zh" ? "" : told(schema);
  const limit = (key: "min" | "max") => (
    <input
      type="number"
      inputMode="decimal"
      step="any"
      min={0}
      aria-label={`${label}, ${w[key]}`}
      placeholder={key === "max" ? w.noLimit : "0"}
      value={range?.[key] == null ? "" : String(range[key])}
      onChange={(event) => onChange({ ...range, [key]: event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value) })}
    />
  );
  return (
    <fieldset class="field choice" title={name}>
      <legend>
        {label} {unitOf(schema) && <em>{unitOf(schema)}</em>} {needed && <b class="needed" title={w.required}>*</b>}
      </legend>
      <div class="row">
        <select aria-label={label} value={range ? "range" : "fixed"} onChange={(event) => onChange(event.currentTarget.value === "range" ? { min: 0, max: typeof value === "number" ? value * 2 : undefined } : (range?.max ?? undefined))}>
          <option value="fixed">{w.fixed}</option>
          <option value="range">{w.chosen}</option>
        </select>
        {range ? (
          <>
            {limit("min")}
            <span aria-hidden="true">–</span>
            {limit("max")}
          </>
        ) : (
          <input type="number" inputMode="decimal" step="any" min={0} aria-label={`${label}, ${w.fixed}`} value={value == null ? "" : String(value as number)} onChange={(event) => onChange(event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))} />
        )}
      </div>
      {hint && <small>{hint}</small>}
    </fieldset>
  );
}

const without = (fields: Fields, key: string): Fields => Object.fromEntries(Object.entries(fields).filter(([one]) => one !== key));
export const set = (fields: Fields, key: string, next: Value): Fields => (next === undefined ? without(fields, key) : { ...fields, [key]: next });

function Group({ schema, value, onChange, name, needed }: Editor) {
  return (
    <fieldset class="group">
      <legend>{labelOf(name, schema)} {needed && <b class="needed">*</b>}</legend>
      <FieldsOf schema={schema} value={(value ?? {}) as Fields} onChange={(next) => onChange(Object.keys(next).length ? next : undefined)} />
    </fieldset>
  );
}

/** Fields that are needed or filled in, then the others folded away. */
export function FieldsOf({ schema, value, onChange }: { schema: Schema; value: Fields; onChange: (next: Fields) => void }) {
  const w = words.value.plan;
  const properties = Object.entries(schema.properties ?? {}).filter(([, one]) => one.const === undefined);
  const needed = new Set(schema.required ?? []);
  // What was shown at first stays where it is while somebody empties it.
  const [first] = useState(() => new Set(properties.map(([key]) => key).filter((key) => needed.has(key) || value[key] !== undefined)));
  const draw = ([key, one]: [string, Schema]) => <Field key={key} schema={one} name={key} needed={needed.has(key)} value={value[key]} onChange={(next) => onChange(set(value, key, next))} />;
  const front = properties.filter(([key]) => first.has(key));
  const back = properties.filter(([key]) => !first.has(key));
  return (
    <>
      <div class="fields">{front.map(draw)}</div>
      {back.length > 0 && (
        <details class="more-fields">
          <summary>{w.optional(back.length)}</summary>
          <div class="fields">{back.map(draw)}</div>
        </details>
      )}
    </>
  );
}

/** Assets by name, each of a kind with a schema of its own. */
export function Assets({ root, value, onChange }: { root: Schema; value: Record<string, Fields>; onChange: (next: Record<string, Fields>) => void }) {
  const w = words.value.plan;
  const kinds = Object.keys(root.$defs ?? {});
  const [kind, setKind] = useState(kinds[0] ?? "");
  const add = (): void => {
    let name = kind;
    for (let k = 2; name in value; k++) name = `${kind}_${k}`;
    onChange({ ...value, [name]: { kind } });
  };
  return (
    <>
      {Object.entries(value).map(([name, asset]) => {
        const schema = root.$defs?.[String(asset["kind"])];
        return (
          <details class="asset" key={name} open={Object.keys(value).length <= 2}>
            <summary>
              <strong>{kindName(String(asset["kind"]))}</strong> <span class="soft">{name}</span>
            </summary>
            {schema ? <FieldsOf schema={schema} value={asset} onChange={(next) => onChange({ ...value, [name]: next })} /> : <p class="wrong">{String(asset["kind"])}</p>}
            <button type="button" class="danger" onClick={() => onChange(without(value, name) as Record<string, Fields>)}>{w.remove} {name}</button>
          </details>
        );
      })}
      <div class="row add">
        <label class="field inline">
          <span>{w.kind}</span>
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            {kinds.map((one) => <option key={one} value={one}>{kindName(one)}</option>)}
          </select>
        </label>
        <button type="button" onClick={add}>{w.addAsset}</button>
      </div>
    </>
  );
}

const kindName = (kind: string): string => termOr(kind);
