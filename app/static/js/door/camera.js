/* Reads tickets with the camera, where the browser knows QR codes by itself. Elsewhere a scanner that types, or the
   booking code, does as well. */
const EVERY = 250; // milliseconds between two looks
const GONE = 3000; // a ticket that was out of sight for so long is shown anew

const canRead = async () =>
  "BarcodeDetector" in window &&
  navigator.mediaDevices &&
  (await BarcodeDetector.getSupportedFormats()).includes("qr_code");

export const scanWithCamera = async (switch_, picture, show) => {
  if (!(await canRead().catch(() => false))) return;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const lastSeen = new Map();
  let stream = null;

  const watch = async () => {
    if (!stream) return;
    for (const { rawValue } of await detector.detect(picture).catch(() => [])) {
      const isNew = Date.now() - (lastSeen.get(rawValue) || 0) > GONE;
      lastSeen.set(rawValue, Date.now());
      if (isNew) show(rawValue);
    }
    setTimeout(watch, EVERY);
  };
  const stop = () => {
    stream.getTracks().forEach((track) => track.stop());
    stream = picture.srcObject = null;
  };
  const start = async () => {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
    if (!stream) return;
    picture.srcObject = stream;
    await picture.play();
    watch();
  };
  switch_.hidden = false;
  switch_.addEventListener("click", async () => {
    await (stream ? stop() : start());
    picture.hidden = !stream;
    switch_.setAttribute("aria-pressed", String(Boolean(stream)));
  });
};
