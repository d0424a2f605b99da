// How is a file chosen? In the console's own words: a browser's own button speaks the browser's language.
import { useState } from "preact/hooks";
import { words } from "../prefs";

interface FilePickProps {
  label: string;
  accept: string;
  several?: boolean;
  onPick: (files: File[]) => void;
}

export function FilePick({ label, accept, several, onPick }: FilePickProps) {
  const w = words.value;
  const [names, setNames] = useState<string[]>([]);
  return (
    <label class="field file-pick">
      <span>{label}</span>
      <span class="file-row">
        <input
          class="unseen"
          type="file"
          accept={accept}
          multiple={several}
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            setNames(files.map((file) => file.name));
            onPick(files);
          }}
        />
        <span class="file-button">{several ? w.chooseFiles : w.chooseFile}</span>
        <span class="file-name">{names.length ? names.join(", ") : w.noFile}</span>
      </span>
    </label>
  );
}
