export {BamgateIndicator};
