export const withSystem = 'crosses organizations'
