using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Babyhelm.Tests.Architecture;

/// <summary>Finds the namespaces of all types that one type names: in its base, fields, signatures and method bodies.</summary>
internal static class TokenWalker
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields()
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => (int)(ushort)o.Value, o => o.OperandType);

    public static HashSet<string> Namespaces(PEReader pe, MetadataReader metadata, TypeDefinition type)
    {
        var names = new Names(metadata);
        names.Add(type.BaseType);
        foreach (var item in type.GetInterfaceImplementations()) names.Add(metadata.GetInterfaceImplementation(item).Interface);
        foreach (var item in type.GetFields()) metadata.GetFieldDefinition(item).DecodeSignature(names, null);
        foreach (var item in type.GetMethods())
        {
            var method = metadata.GetMethodDefinition(item);
            method.DecodeSignature(names, null);
            if (method.RelativeVirtualAddress == 0) continue;
            var body = pe.GetMethodBody(method.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil) metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(names, null);
            foreach (var token in Tokens(body.GetILReader())) names.Add(token);
        }
        return names.Found;
    }

    /// <summary>Methods of other assemblies that one type's code calls, each as its type's full name, a dot and its name; not those of generic types.</summary>
    public static IEnumerable<string> Calls(PEReader pe, MetadataReader metadata, TypeDefinition type) =>
        from item in type.GetMethods()
        let method = metadata.GetMethodDefinition(item)
        where method.RelativeVirtualAddress != 0
        from token in Tokens(pe.GetMethodBody(method.RelativeVirtualAddress).GetILReader())
        let called = token.Kind == HandleKind.MethodSpecification ? metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method : token
        where called.Kind == HandleKind.MemberReference
        let member = metadata.GetMemberReference((MemberReferenceHandle)called)
        where member.Parent.Kind == HandleKind.TypeReference
        let of = metadata.GetTypeReference((TypeReferenceHandle)member.Parent)
        select $"{metadata.GetString(of.Namespace)}.{metadata.GetString(of.Name)}.{metadata.GetString(member.Name)}";

    private static List<EntityHandle> Tokens(BlobReader il)
    {
        var tokens = new List<EntityHandle>();
        while (il.RemainingBytes > 0)
        {
            int code = il.ReadByte();
            if (code == 0xFE) code = 0xFE00 | il.ReadByte();
            switch (Operands[code])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add((EntityHandle)MetadataTokens.Handle(il.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = il.ReadInt32();
                    il.Offset += 4 * targets;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR: il.Offset += 8; break;
                case OperandType.InlineVar: il.Offset += 2; break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar: il.Offset += 1; break;
                case OperandType.InlineNone: break;
                default: il.Offset += 4; break;
            }
        }
        return tokens;
    }

    /// <summary>Decodes signatures only to see which types are in them.</summary>
    private sealed class Names(MetadataReader metadata) : ISignatureTypeProvider<object?, object?>
    {
        public HashSet<string> Found { get; } = [];

        public void Add(EntityHandle handle)
        {
            if (handle.IsNil) return;
            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition: GetTypeFromDefinition(metadata, (TypeDefinitionHandle)handle, 0); break;
                case HandleKind.TypeReference: GetTypeFromReference(metadata, (TypeReferenceHandle)handle, 0); break;
                case HandleKind.TypeSpecification: metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null); break;
                case HandleKind.MethodDefinition: Add(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()); break;
                case HandleKind.FieldDefinition: Add(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType()); break;
                case HandleKind.MemberReference: Add(metadata.GetMemberReference((MemberReferenceHandle)handle).Parent); break;
                case HandleKind.MethodSpecification:
                    var method = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                    Add(method.Method);
                    method.DecodeSignature(this, null);
                    break;
            }
        }

        public object? GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeDefinition(handle);
            while (type.GetDeclaringType() is { IsNil: false } outer) type = reader.GetTypeDefinition(outer);
            Found.Add(reader.GetString(type.Namespace));
            return null;
        }

        public object? GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            while (type.ResolutionScope.Kind == HandleKind.TypeReference) type = reader.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
            Found.Add(reader.GetString(type.Namespace));
            return null;
        }

        public object? GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind)
        {
            Add(handle);
            return null;
        }

        public object? GetArrayType(object? elementType, ArrayShape shape) => null;
        public object? GetByReferenceType(object? elementType) => null;
        public object? GetFunctionPointerType(MethodSignature<object?> signature) => null;
        public object? GetGenericInstantiation(object? genericType, ImmutableArray<object?> typeArguments) => null;
        public object? GetGenericMethodParameter(object? context, int index) => null;
        public object? GetGenericTypeParameter(object? context, int index) => null;
        public object? GetModifiedType(object? modifier, object? unmodifiedType, bool isRequired) => null;
        public object? GetPinnedType(object? elementType) => null;
        public object? GetPointerType(object? elementType) => null;
        public object? GetPrimitiveType(PrimitiveTypeCode typeCode) => null;
        public object? GetSZArrayType(object? elementType) => null;
    }
}
