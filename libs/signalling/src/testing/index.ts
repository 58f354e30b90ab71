export { type RecordedOffer, recordedOffer, recordedOffers } from '../fixtures/fixtures.js';
export { type OfferSection, writeTestOffer } from './write-test-offer.js';
