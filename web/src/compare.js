// <st-compare data-src="…json">: a diagram as it was and as it is, what differs marked on both; they move together.
// The list beside it says the same; its names become buttons that show the element.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './compare.css';
import { inDanish } from './fixed-words.js';

/** Never by colour alone: each mark has its sign. */
const SIGNS = { added: '+', removed: '−', moved: '↔', changed: '≠' };
const READABLE = 0.7;

class Compare extends HTMLElement {
  connectedCallback() {
    // On a phone the list replaces the picture.
    if (matchMedia('(max-width: 575px)').matches) return;
    this.hidden = false;
    new IntersectionObserver((entries, eye) => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      eye.disconnect();
      this.#draw();
    }, { rootMargin: '600px' }).observe(this);
  }

  async #draw() {
    const answer = await fetch(this.dataset.src, { headers: { Accept: 'application/json' } });
    if (!answer.ok) { this.hidden = true; return; }
    const { old, new: now, marks } = await answer.json();
    const both = old && now;
    this.append(this.#legend(marks, both));
    this.sides = [];
    for (const [ name, bpmn ] of [ [ 'old', old ], [ 'new', now ] ]) if (bpmn) await this.#side(name, bpmn, marks, both);
    if (!this.sides.length) { this.hidden = true; return; }
    this.#together();
    this.#frame(marks);
    this.#buttons();
  }

  async #side(name, bpmn, marks, both) {
    const box = document.createElement('div'), canvas = document.createElement('div');
    box.className = `st-compare__side is-${name}`;
    if (both) box.append(Object.assign(document.createElement('p'), { textContent: this.dataset[name], className: 'st-compare__title' }));
    canvas.className = 'st-compare__canvas';
    canvas.setAttribute('role', 'figure');
    canvas.setAttribute('aria-label', `${this.dataset[name]}: ${this.dataset.figure}`);
    box.append(canvas);
    this.append(box);
    const viewer = new NavigatedViewer({ container: canvas });
    inDanish(canvas);
    try { await viewer.importXML(bpmn); } catch { box.remove(); return; }
    const known = viewer.get('elementRegistry');
    for (const [ id, what ] of marks) {
      const found = known.get(id);
      if (!found) continue;
      viewer.get('canvas').addMarker(id, `is-${what}`);
      viewer.get('overlays').add(id, { position: this.#corner(found), html: this.#sign(what) });
    }
    this.sides.push({ name, viewer, known, canvas: viewer.get('canvas') });
  }

  #corner(found) {
    if (!found.waypoints) return { top: -12, left: -12 };
    // Overlays of lines are placed from the box around them.
    const xs = found.waypoints.map(p => p.x), ys = found.waypoints.map(p => p.y), n = found.waypoints.length;
    const a = found.waypoints[Math.ceil(n / 2) - 1], b = found.waypoints[Math.ceil(n / 2)] ?? a;
    return { left: (a.x + b.x) / 2 - Math.min(...xs) - 12, top: (a.y + b.y) / 2 - Math.min(...ys) - 12 };
  }

  #sign(what) {
    const sign = document.createElement('span');
    sign.className = `st-compare__sign is-${what}`;
    sign.textContent = SIGNS[what];
    sign.title = this.dataset[what];
    return sign;
  }

  #legend(marks, both) {
    const row = document.createElement('div');
    row.className = 'st-compare__legend';
    const there = new Set(marks.map(([ , what ]) => what));
    for (const what of Object.keys(SIGNS).filter(one => there.has(one))) {
      const one = document.createElement('span');
      one.append(this.#sign(what), ` ${this.dataset[what]}`);
      row.append(one);
    }
    if (both) {
      const turn = Object.assign(document.createElement('button'), { type: 'button', className: 'function-link', textContent: this.dataset.one });
      turn.addEventListener('click', () => {
        turn.textContent = this.dataset[this.classList.toggle('is-one') ? 'both' : 'one'];
        this.sides.forEach(({ canvas }) => canvas.resized());
      });
      row.append(turn);
    }
    return row;
  }

  /** Where one is moved or made larger, the other follows. */
  #together() {
    let busy = false;
    for (const side of this.sides) {
      side.viewer.on('canvas.viewbox.changed', ({ viewbox }) => {
        if (busy) return;
        busy = true;
        for (const other of this.sides) if (other !== side) other.canvas.viewbox({ x: viewbox.x, y: viewbox.y, width: viewbox.width, height: viewbox.height });
        busy = false;
      });
    }
  }

  #frame(marks) {
    const { canvas, known } = this.sides.at(-1);
    const tall = Math.max(...this.sides.map(one => one.canvas.viewbox().inner.height));
    for (const one of this.sides) {
      one.canvas.getContainer().parentElement.style.height = `${Math.min(Math.max(tall * READABLE + 48, 220), 480)}px`;
      one.canvas.resized();
    }
    canvas.zoom('fit-viewport', 'auto');
    const first = marks.map(([ id ]) => known.get(id)).find(Boolean);
    if (canvas.zoom() < READABLE && first) this.#show(first.id);
  }

  #show(id) {
    for (const { canvas, known } of [ ...this.sides ].reverse()) {
      const found = known.get(id);
      if (!found) continue;
      const { inner, outer } = canvas.viewbox(), width = outer.width / READABLE, height = outer.height / READABLE;
      const at = found.waypoints?.[0] ?? { x: found.x + found.width / 2, y: found.y + found.height / 2 };
      canvas.viewbox({ x: Math.max(inner.x - 24, at.x - width / 2), y: Math.max(inner.y - 48, at.y - height / 2), width, height });
      break;
    }
    for (const { canvas, known } of this.sides) {
      known.filter(one => canvas.hasMarker(one, 'is-shown')).forEach(one => canvas.removeMarker(one, 'is-shown'));
      if (known.get(id)) canvas.addMarker(id, 'is-shown');
    }
  }

  #buttons() {
    for (const name of this.closest('section').querySelectorAll('[data-focus]')) {
      if (!this.sides.some(({ known }) => known.get(name.dataset.focus))) continue;
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'st-diff__go', textContent: name.textContent, title: this.dataset.show });
      button.addEventListener('click', () => {
        this.#show(name.dataset.focus);
        this.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
      });
      name.replaceWith(button);
    }
  }
}

customElements.define('st-compare', Compare);
