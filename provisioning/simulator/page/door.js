// The door as an SVG: a leaf on its hinges that swings, seen in perspective.

const NS = "http://www.w3.org/2000/svg";
const HINGE = 96, TOP = 44, WIDTH = 158, HEIGHT = 288, HORIZON = 175, EYE = 430, WIDEST = 76;
const PANELS = [[0.16, 0.1, 0.84, 0.44], [0.16, 0.56, 0.84, 0.92]];

const FIXED = `
  <defs>
    <linearGradient id="light" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="var(--room)"/><stop offset="1" stop-color="var(--room-far)"/>
    </linearGradient>
    <clipPath id="opening"><rect x="${HINGE}" y="${TOP}" width="${WIDTH}" height="${HEIGHT}"/></clipPath>
    <clipPath id="glass"><circle cx="340" cy="226" r="50"/></clipPath>
  </defs>
  <rect class="floor" y="332" width="420" height="40"/>
  <rect class="frame" x="84" y="32" width="182" height="300" rx="3"/>
  <g clip-path="url(#opening)">
    <rect x="${HINGE}" y="${TOP}" width="${WIDTH}" height="${HEIGHT}" fill="url(#light)"/>
    <path d="M96 332 L150 286 H204 L254 332z" fill="#00000022"/>
    <path d="M150 286 V92 H204 V286z" fill="#ffffff33"/>
    <g id="swing"></g>
  </g>
  <circle class="beacon" cx="175" cy="17" r="8"/>
  <rect class="metal-dark" x="163" y="23" width="24" height="5" rx="2"/>
  <rect class="device" x="314" y="44" width="52" height="92" rx="9"/>
  <circle cx="340" cy="62" r="9" fill="#3b4549"/><circle cx="340" cy="62" r="4.5" fill="#0c1113"/>
  <rect class="led-light" x="324" y="80" width="32" height="6" rx="3"/>
  <g fill="#ffffff2e"><rect x="324" y="96" width="32" height="7" rx="2"/><rect x="324" y="107" width="32" height="7" rx="2"/><rect x="324" y="118" width="32" height="7" rx="2"/></g>
  <g class="rex"><rect x="34" y="160" width="28" height="40" rx="5" class="metal"/><circle cx="48" cy="180" r="9" class="rex-button"/></g>
  <text class="small-text" x="48" y="216">exit</text>
  <path class="lead" d="M256 188 L295 208"/>
  <circle class="lens" cx="340" cy="226" r="51"/>
  <g clip-path="url(#glass)">
    <g class="lens-leaf">
      <rect class="leaf" x="270" y="160" width="56" height="140"/>
      <rect class="metal" x="300" y="196" width="26" height="60" rx="2"/>
      <path class="metal-dark" d="M322 214h24l6 12-6 12h-24z"/>
    </g>
    <rect class="frame" x="358" y="160" width="60" height="140"/>
    <rect class="metal" x="352" y="184" width="12" height="84" rx="2"/>
    <path class="keeper" d="M332 250h24v-36h-7v27h-17z"/>
  </g>
  <text class="strike-text" x="340" y="298" id="strike-text"></text>
  <text class="small-text" x="175" y="356" id="contact-text"></text>
`;

function polygon(points, name) {
  const shape = document.createElementNS(NS, name === "handle" ? "polyline" : "polygon");
  shape.setAttribute("points", points.map((p) => p.map((v) => v.toFixed(1)).join(",")).join(" "));
  shape.setAttribute("class", name);
  return shape;
}

// u runs from the hinge (0) to the latch (1), v from the top (0) to the threshold (1).
function projector(degrees) {
  const angle = (degrees * Math.PI) / 180;
  return (u, v, out = 0) => {
    const along = u * WIDTH;
    const depth = along * Math.sin(angle) - out * Math.cos(angle);
    const near = EYE / (EYE + depth);
    const x = HINGE + along * Math.cos(angle) + out * Math.sin(angle);
    const eye = HINGE + WIDTH / 2;
    return [eye + (x - eye) * near, HORIZON + (TOP + v * HEIGHT - HORIZON) * near];
  };
}

export class Door {
  constructor(svg) {
    svg.innerHTML = FIXED;
    this.svg = svg;
    this.swing = svg.querySelector("#swing");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.angle = 0;
    this.goal = 0;
    this.draw();
  }

  show({ released, open, led, alarmed, rex, words }) {
    for (const [name, on] of Object.entries({ released, opened: open, alarmed, "rex-on": rex })) {
      this.svg.classList.toggle(name, Boolean(on));
    }
    for (const colour of ["red", "green", "amber"]) {
      this.svg.classList.toggle(`led-${colour}`, led === colour);
    }
    this.svg.querySelector("#strike-text").textContent = released ? "released" : "secured";
    this.svg.querySelector("#contact-text").textContent = open ? "contact: open" : "contact: shut";
    this.svg.setAttribute("aria-label", words);
    this.turn(open ? WIDEST : 0);
  }

  turn(goal) {
    if (goal === this.goal) return;
    const from = this.angle, began = performance.now(), takes = 800;
    this.goal = goal;
    const step = (now) => {
      if (this.goal !== goal) return;
      const part = this.still.matches ? 1 : Math.min(1, Math.max(0, (now - began) / takes));
      const eased = part < 0.5 ? 4 * part ** 3 : 1 - (-2 * part + 2) ** 3 / 2;
      this.angle = from + (goal - from) * eased;
      this.draw();
      if (part < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  draw() {
    const at = projector(this.angle);
    const box = ([u0, v0, u1, v1]) => [at(u0, v0), at(u1, v0), at(u1, v1), at(u0, v1)];
    const leaf = polygon(box([0, 0, 1, 1]), "leaf");
    const edge = polygon([at(1, 0), at(1, 0, -9), at(1, 1, -9), at(1, 1)], "leaf-edge");
    const panels = PANELS.map((panel) => polygon(box(panel), "leaf-panel"));
    const handle = polygon([at(0.93, 0.5, 2), at(0.93, 0.5, 9), at(0.79, 0.5, 9)], "handle");
    this.swing.replaceChildren(edge, leaf, ...panels, handle);
  }
}
