// Compiles Solidity with solc from npm: {name: {abi, bytecode, storageLayout}}.
import solc from 'solc';

export function compile(file, content, names) {
    const input = {
        language: 'Solidity',
        sources: { [file]: { content } },
        settings: {
            evmVersion: 'cancun',
            optimizer: { enabled: true, runs: 200 },
            outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'storageLayout'] } },
        },
    };
    const output = JSON.parse(solc.compile(JSON.stringify(input)));
    const errors = (output.errors ?? []).filter(e => e.severity === 'error');
    if (errors.length > 0) throw new Error(errors.map(e => e.formattedMessage).join('\n'));
    return Object.fromEntries(Object.entries(output.contracts[file])
        .filter(([name]) => names === undefined || names.includes(name))
        .map(([name, c]) => [name, {
            abi: c.abi, bytecode: `0x${c.evm.bytecode.object}`, storageLayout: c.storageLayout,
        }]));
}
