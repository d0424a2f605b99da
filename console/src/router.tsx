// Which page is this? Addresses are the server's own; links stay links.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

export const path = signal(location.pathname);

export function go(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  path.value = location.pathname;
  scrollTo(0, 0);
}

addEventListener("popstate", () => (path.value = location.pathname));

interface LinkProps {
  to: string;
  class?: string;
  current?: boolean;
  label?: string;
  onGo?: () => void;
  children: ComponentChildren;
}

export function Link({ to, current, label, onGo, children, ...rest }: LinkProps) {
  const click = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onGo?.();
    go(to);
  };
  return (
    <a href={to} class={rest.class} aria-current={current ? "page" : undefined} aria-label={label} onClick={click}>
      {children}
    </a>
  );
}
