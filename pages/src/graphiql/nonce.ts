// The editor makes <style> elements while it runs. The page's policy allows those that carry the nonce of this answer.
const nonce = document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce;
const createElement = document.createElement.bind(document);

document.createElement = (name: string, options?: ElementCreationOptions) => {
  const element = createElement(name, options);
  if (nonce && element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
};

export {};
