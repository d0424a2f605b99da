// What asks before anything moves? A modal of the browser itself: it keeps the focus, gives it back, closes with Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { words } from "../prefs";
import { Icon } from "./icons";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  actions?: ComponentChildren;
  wide?: boolean;
  /** Closes by its own buttons alone: what it shows is not shown again. */
  held?: boolean;
}

export function Dialog({ title, onClose, children, actions, wide, held }: DialogProps) {
  const place = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    place.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog ref={place} class={wide ? "dialog wide-dialog" : "dialog"} aria-labelledby={id} onClose={() => (held ? place.current?.showModal() : onClose())} onCancel={(event) => held && event.preventDefault()} onClick={(event) => !held && event.target === place.current && onClose()}>
      <div class="dialog-inner">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          {!held && (
            <button type="button" class="quiet square" aria-label={words.value.close} onClick={onClose}>
              <Icon name="close" />
            </button>
          )}
        </header>
        <div class="dialog-body" tabIndex={0} role="group" aria-labelledby={id}>
          {children}
        </div>
        {actions && <footer class="dialog-foot">{actions}</footer>}
      </div>
    </dialog>
  );
}
