export {Tunnel};
