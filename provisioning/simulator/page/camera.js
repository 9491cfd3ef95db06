// What the camera sees, shown; and the visitor's own webcam, sent.

const SHOW_EVERY_MS = 160, SEND_EVERY_MS = 100;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export async function watch(picture) {
  let last = "";
  for (;;) {
    await wait(SHOW_EVERY_MS);
    if (document.hidden) continue;
    try {
      const answer = await fetch("/api/camera.jpg");
      if (!answer.ok) continue;
      const url = URL.createObjectURL(await answer.blob());
      picture.src = url;
      if (last) URL.revokeObjectURL(last);
      last = url;
    } catch {
      await wait(1000); // the simulator is away
    }
  }
}

export class Webcam {
  constructor() {
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.canvas = document.createElement("canvas");
    this.stream = null;
    this.sending = false;
  }

  async open() {
    if (this.stream) return;
    const video = { width: { ideal: 640 }, height: { ideal: 480 } };
    this.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  close() {
    this.sending = false;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  still() {
    this.canvas.width = this.video.videoWidth || 640;
    this.canvas.height = this.video.videoHeight || 480;
    this.canvas.getContext("2d").drawImage(this.video, 0, 0);
    return new Promise((done) => this.canvas.toBlob(done, "image/jpeg", 0.9));
  }

  async send() {
    this.sending = true;
    while (this.sending) {
      const began = performance.now();
      const body = await this.still();
      if (!this.sending) break;
      const headers = { "Content-Type": "image/jpeg" };
      await fetch("/api/camera/frame", { method: "POST", headers, body }).catch(() => {});
      await wait(Math.max(0, SEND_EVERY_MS - (performance.now() - began)));
    }
  }
}
