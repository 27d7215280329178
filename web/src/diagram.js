// <st-diagram data-src="…json">: the pathway drawn, with the baton where the case stands.
// The text below it says the same; without JavaScript only the text is shown.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './diagram.css';
import { inDanish } from './fixed-words.js';

/** Below this a label cannot be read, so the picture is moved instead of shrunk. */
const READABLE = 0.85;

class Diagram extends HTMLElement {
  connectedCallback() {
    // On a phone the text replaces the picture (see diagram.css), so nothing is fetched either.
    if (matchMedia('(max-width: 575px)').matches) return;
    this.hidden = false;
    this.closest('.st-drawing')?.removeAttribute('hidden');
    // What lies in a closed part of the page is drawn when it is opened.
    new IntersectionObserver((entries, eye) => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      eye.disconnect();
      this.#draw();
    }, { rootMargin: '600px' }).observe(this);
  }

  async #draw() {
    const answer = await fetch(this.dataset.src, { headers: { Accept: 'application/json' } });
    if (!answer.ok) {
      this.hidden = true;
      return;
    }
    const { bpmn, tokens = [], done = [], heat = [] } = await answer.json();
    const viewer = new NavigatedViewer({ container: this });
    inDanish(this);
    try {
      await viewer.importXML(bpmn);
    } catch {
      // A file without a drawing is read as the text beside it.
      this.hidden = true;
      this.closest('.st-drawing')?.setAttribute('hidden', '');
      return;
    }
    const canvas = viewer.get('canvas');
    const known = id => viewer.get('elementRegistry').get(id);
    done.filter(known).forEach(id => canvas.addMarker(id, 'is-done'));
    tokens.filter(known).forEach(id => {
      canvas.addMarker(id, 'is-now');
      viewer.get('overlays').add(id, { position: { top: -14, left: -14 }, html: this.#baton() });
    });
    for (const [ id, shade, label ] of heat.filter(([ id ]) => known(id))) {
      canvas.addMarker(id, `is-heat-${shade}`);
      viewer.get('overlays').add(id, { position: { bottom: 8, left: 4 }, html: this.#label(label) });
    }
    // Where the baton is, or where it all begins.
    const begins = viewer.get('elementRegistry').filter(one => one.type === 'bpmn:StartEvent' && one.parent.type !== 'bpmn:SubProcess');
    const now = tokens.map(known).find(Boolean) || begins.sort((a, b) => a.x - b.x)[0];
    this.#frame(canvas, now);
    this.append(this.#widen(canvas, now));
  }

  #widen(canvas, now) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'st-widen';
    button.textContent = this.dataset.wide;
    const turn = () => {
      button.textContent = this.classList.toggle('is-wide') ? this.dataset.narrow : this.dataset.wide;
      this.#frame(canvas, now);
    };
    button.addEventListener('click', turn);
    document.addEventListener('keydown', event => event.key === 'Escape' && this.classList.contains('is-wide') && turn());
    return button;
  }

  #frame(canvas, now) {
    // As high as the drawing needs at a readable size, within what a screen holds.
    this.style.height = `${Math.min(Math.max(canvas.viewbox().inner.height * READABLE + 48, 240), 640)}px`;
    canvas.resized();
    canvas.zoom('fit-viewport', 'auto');
    if (canvas.zoom() >= READABLE) return;
    const view = canvas.viewbox();
    const width = view.outer.width / READABLE, height = view.outer.height / READABLE;
    const at = now ? { x: now.x + now.width / 2, y: now.y + now.height / 2 } : { x: view.inner.x + width / 2 - 24, y: view.inner.y + view.inner.height / 2 };
    canvas.viewbox({ x: Math.max(view.inner.x - 24, at.x - width / 2), y: Math.max(view.inner.y - 24, Math.min(at.y - height / 2, view.inner.y + view.inner.height + 24 - height)), width, height });
  }

  #label(text) {
    const label = document.createElement('div');
    label.className = 'st-heat';
    label.textContent = text;
    return label;
  }

  #baton() {
    const badge = document.createElement('div');
    badge.className = 'st-token';
    // The address of our own picture, as our template gave it.
    // nosemgrep: browser-html-from-data
    badge.innerHTML = `<svg aria-hidden="true"><use href="${this.dataset.marks}#step-now"></use></svg>`;
    return badge;
  }
}

customElements.define('st-diagram', Diagram);
